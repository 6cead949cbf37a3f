# The first values are remembered by the state, which is encrypted; later ones are ignored. So a caller
# may make new ones for every plan and keep none.

variable "first_contact" {
  description = "For each node (`cp1`…, then `<pool>1`…) the ed25519 host key with which it boots, in OpenSSH's format, so that the first connection can be verified. Only new nodes need one."
  type        = map(object({ private_key = string, public_key = string }))
  sensitive   = true
  nullable    = false

  validation {
    condition = alltrue([for pair in values(var.first_contact) :
      can(regex("^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[0-9A-Za-z+/]{43}( |\\n|$)", pair.public_key))
      && can(regex("^-----BEGIN OPENSSH PRIVATE KEY-----\\n", pair.private_key))
    ])
    error_message = "first_contact must hold ed25519 key pairs in OpenSSH's format."
  }
}

variable "join_token" {
  description = "Token with which control planes join each other: 32 or more letters and digits."
  type        = string
  sensitive   = true
  nullable    = false

  validation {
    condition     = can(regex("^[0-9A-Za-z]{32,128}$", var.join_token))
    error_message = "join_token must have 32 to 128 letters and digits."
  }
}

variable "agent_token" {
  description = "Token with which workers join; another one than join_token, because workers must not be able to join as control planes."
  type        = string
  sensitive   = true
  nullable    = false

  validation {
    condition     = can(regex("^[0-9A-Za-z]{32,128}$", var.agent_token))
    error_message = "agent_token must have 32 to 128 letters and digits."
  }
  validation {
    condition     = var.agent_token != var.join_token
    error_message = "agent_token must differ from join_token: workers must not be able to join as control planes."
  }
}

variable "cluster_init" {
  description = "Whether cp1 may found the cluster. True until the cluster has answered once; then false, so that a control plane that boots later only ever joins."
  type        = bool
  default     = true
  nullable    = false
}

variable "downloads" {
  description = "What a node downloads: versions and SHA-256 sums. Left out, versions.json holds. A node refuses a download without a sum."
  type = object({
    k3s         = object({ version = string, sha256 = object({ amd64 = string, arm64 = string }) })
    cilium      = object({ version = string, sha256 = string })
    gateway_api = object({ version = string, sha256 = string })
    flux        = object({ version = string, sha256 = string })
    hcloud_csi  = object({ version = string, sha256 = string })
  })
  default = null

  validation {
    condition = var.downloads == null || alltrue([
      for version in try([var.downloads.k3s.version, var.downloads.cilium.version, var.downloads.gateway_api.version, var.downloads.flux.version, var.downloads.hcloud_csi.version], []) :
      can(regex("^v?[0-9]+\\.[0-9]+\\.[0-9]+([+.-][0-9A-Za-z.+-]*)?$", version))
    ])
    error_message = "downloads must name versions such as v1.2.3 or v1.2.3+k3s1."
  }
  validation {
    condition = var.downloads == null || alltrue([
      for sum in try([var.downloads.k3s.sha256.amd64, var.downloads.k3s.sha256.arm64, var.downloads.cilium.sha256, var.downloads.gateway_api.sha256, var.downloads.flux.sha256, var.downloads.hcloud_csi.sha256], []) :
      can(regex("^([0-9a-f]{64})?$", sum))
    ])
    error_message = "A sum in downloads must be a SHA-256 of 64 hexadecimal digits, or empty where none is known."
  }
}
