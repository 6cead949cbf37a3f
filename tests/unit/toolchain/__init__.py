"""The toolchain without programs and without a network."""
