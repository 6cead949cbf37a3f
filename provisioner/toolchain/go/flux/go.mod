module catalyst.invalid/flux

go 1.26.0

require github.com/controlplaneio-fluxcd/flux-operator v0.59.0
