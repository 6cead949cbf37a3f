variable "fqdn" {
  description = "The Sovereign's full domain name; a name in the API server's certificate."
  type        = string
}

variable "cluster_init" {
  description = "Whether cp1 may found the cluster."
  type        = bool
}

variable "control_planes" {
  description = "Private address of each control plane, by node key."
  type        = map(string)
}

variable "worker_range" {
  description = "The /24 in which workers are given their addresses."
  type        = string
}

variable "volume_label" {
  description = "Label at Hetzner that names the Sovereign on volumes which Kubernetes rents."
  type        = string
}

variable "nodes" {
  description = "Every node by its key: host name, role, Kubernetes labels and taints."
  type = map(object({
    name   = string
    role   = string
    labels = map(string)
    taints = list(string)
  }))
}

variable "first_contact" {
  description = "The host key of each node."
  type        = map(object({ private_key = string, public_key = string }))
  sensitive   = true
}

variable "tokens" {
  description = "What servers and agents join with."
  type        = object({ join = string, agent = string })
  sensitive   = true
}

variable "downloads" {
  description = "Versions and SHA-256 sums of what is downloaded."
  type = object({
    k3s         = object({ version = string, sha256 = object({ amd64 = string, arm64 = string }) })
    cilium      = object({ version = string, sha256 = string })
    gateway_api = object({ version = string, sha256 = string })
    flux        = object({ version = string, sha256 = string })
    hcloud_csi  = object({ version = string, sha256 = string })
  })
}

variable "stages" {
  description = "The stages of a first boot, in order, with the roles that go through them."
  type        = list(object({ name = string, roles = list(string) }))
}

variable "most_bytes" {
  description = "How long a node's user data may be."
  type        = number
}
