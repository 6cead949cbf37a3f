variable "fqdn" {
  description = "The Sovereign's full domain name, lower case. It is the value of a label on everything that is rented."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.fqdn)) && !can(regex("(^|\\.)[0-9]+$", var.fqdn))
    error_message = "fqdn must be a lower-case domain name of at least two labels, such as example.omani.works."
  }
  validation {
    condition     = length(var.fqdn) <= 63
    error_message = "fqdn must have at most 63 characters, because it is the value of a label at Hetzner."
  }
}

variable "name" {
  description = "Short name of the Sovereign; every resource is called `catalyst-<name>-…`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$", var.name))
    error_message = "name must have 1 to 32 lower-case letters, digits and inner hyphens."
  }
}

variable "location" {
  description = "Hetzner location of the control planes and the load balancer, and of pools that name none."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$", var.location))
    error_message = "location must be the name of a Hetzner location, as the catalogue spells it."
  }
}

variable "network_zone" {
  description = "Hetzner network zone in which all locations lie, such as `eu-central`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$", var.network_zone))
    error_message = "network_zone must be the name of a Hetzner network zone, as the catalogue spells it."
  }
}

variable "control_plane" {
  description = "The servers that run the Kubernetes API: their server type, and how many (1, or 3 for high availability)."
  type        = object({ type = string, count = number })
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$", var.control_plane.type))
    error_message = "control_plane.type must be the name of a server type, as the catalogue spells it."
  }
  validation {
    condition     = contains([1, 3], var.control_plane.count)
    error_message = "control_plane.count must be 1 or 3: etcd needs a majority."
  }
}

variable "ssh_public_key" {
  description = "The operator's public key in OpenSSH's one-line form; it opens root's SSH on every node."
  type        = string
  nullable    = false

  # Each type's base64 begins with the type itself, so a prefix proves that inside and outside agree.
  validation {
    condition     = can(regex("^(ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI|ssh-rsa AAAAB3NzaC1yc2EAAAA|ecdsa-sha2-nistp(256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY|384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQ|521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjE)AAAA)[0-9A-Za-z+/]{40,}={0,2}( [^\\n\\r]*)?$", var.ssh_public_key))
    error_message = "ssh_public_key must be one line: ssh-ed25519, ssh-rsa or ecdsa-sha2-nistp256/384/521, then the key in base64."
  }
}

variable "operator_cidrs" {
  description = "Networks from which SSH is allowed; nobody else reaches a node."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.operator_cidrs) > 0
    error_message = "operator_cidrs must name at least one network: without one, nobody reaches the nodes."
  }
  validation {
    condition     = length(var.operator_cidrs) <= 100
    error_message = "operator_cidrs must name at most 100 networks: a firewall rule at Hetzner holds no more."
  }
  validation {
    condition = alltrue([
      for cidr in var.operator_cidrs :
      can(cidrhost(cidr, 0)) && try(cidrhost(cidr, 0) == cidrhost("${split("/", cidr)[0]}/${strcontains(cidr, ":") ? 128 : 32}", 0), false)
      # Zeros in front were octal once: whoever reads them elsewhere may mean another network.
      && !can(regex("(^|[.:])0[0-9]+[./]", cidr))
    ])
    error_message = "operator_cidrs must be networks as address/length without host bits, such as 203.0.113.7/32 or 2001:db8::/48."
  }
}

variable "image" {
  description = "Hetzner image of every node. The first boot is written for Ubuntu 24.04."
  type        = string
  default     = "ubuntu-24.04"
  nullable    = false
}

variable "load_balancer_type" {
  description = "Type of the load balancer, which bounds how many ingress nodes it reaches."
  type        = string
  default     = "lb11"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$", var.load_balancer_type))
    error_message = "load_balancer_type must be the name of a load balancer type, as the catalogue spells it."
  }
}

variable "delete_protection" {
  description = "Whether Hetzner refuses to delete servers, network and load balancer until this is lifted."
  type        = bool
  default     = false
  nullable    = false
}

variable "poll_interval" {
  description = "How often the provider looks at a running action, as a Go duration."
  type        = string
  default     = "1s"
  nullable    = false

  validation {
    condition     = can(regex("^([0-9]+(\\.[0-9]+)?(ms|s|m))+$", var.poll_interval))
    error_message = "poll_interval must be a duration such as 500ms or 1s."
  }
}

variable "server_poll_interval" {
  description = "How often the provider looks at a server that is being made, and at what is made beside it, as a Go duration."
  type        = string
  default     = "3200ms"
  nullable    = false

  validation {
    condition     = can(regex("^([0-9]+(\\.[0-9]+)?(ms|s|m))+$", var.server_poll_interval))
    error_message = "server_poll_interval must be a duration such as 500ms or 1s."
  }
}
