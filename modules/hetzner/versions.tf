terraform {
  required_version = ">= 1.12.0, < 2.0.0"

  required_providers {
    hcloud = {
      source  = "hetznercloud/hcloud"
      version = "1.68.0"
    }
  }
}

# Token and endpoint come from HCLOUD_TOKEN and HCLOUD_ENDPOINT, so that no file holds them.
# Polling is constant: with the provider's exponential default, an action that ends after 16 s is
# noticed after 31.5 s.
provider "hcloud" {
  poll_interval = var.poll_interval
  poll_function = "constant"
}

# A server takes longest, and there may be many: it is looked at less often than what takes seconds, and
# so is what is made beside it and waited for by nothing else.
provider "hcloud" {
  alias         = "patient"
  poll_interval = var.server_poll_interval
  poll_function = "constant"
}
