# Each variable out of range or shape is refused before anything is asked of Hetzner.

mock_provider "hcloud" {
  mock_resource "hcloud_network" { defaults = { id = "11" } }
  mock_resource "hcloud_network_subnet" { defaults = { id = "11-10.0.1.0/24" } }
  mock_resource "hcloud_firewall" { defaults = { id = "12" } }
  mock_resource "hcloud_ssh_key" { defaults = { id = "13" } }
  mock_resource "hcloud_placement_group" { defaults = { id = "14" } }
}

mock_provider "hcloud" {
  alias = "patient"

  mock_resource "hcloud_server" { defaults = { id = "15" } }
  mock_resource "hcloud_network_subnet" { defaults = { id = "11-10.0.1.0/24" } }
  mock_resource "hcloud_firewall" { defaults = { id = "12" } }
  mock_resource "hcloud_load_balancer" { defaults = { id = "16" } }
}

variables {
  fqdn           = "oman.omani.works"
  name           = "oman"
  location       = "fsn1"
  network_zone   = "eu-central"
  control_plane  = { type = "any1", count = 1 }
  operator_cidrs = ["203.0.113.7/32", "2001:db8::/48"]
  ssh_public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF0000000000000000000000000000000000000000000"
  join_token     = "join00000000000000000000000000000000"
  agent_token    = "agent0000000000000000000000000000000"
  first_contact = {
    cp1 = {
      private_key = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n"
      public_key  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF000000000000000000000000000000000000000000"
    }
  }
}

run "everything_misspelt" {
  command = plan

  variables {
    fqdn               = "Oman"
    name               = "-oman"
    location           = "fsn 1"
    network_zone       = ""
    control_plane      = { type = "any1", count = 2 }
    operator_cidrs     = []
    ssh_public_key     = "-----BEGIN OPENSSH PRIVATE KEY-----"
    join_token         = "short"
    poll_interval      = "soon"
    load_balancer_type = "LB 11"
    workers            = [{ name = "cp", type = "any1", count = 1 }]
    first_contact      = { cp1 = { private_key = "none", public_key = "none" } }
    downloads = {
      k3s         = { version = "$(reboot)", sha256 = { amd64 = "", arm64 = "" } }
      cilium      = { version = "1.20.4", sha256 = "" }
      gateway_api = { version = "v1.6.1", sha256 = "" }
      flux        = { version = "v2.9.6", sha256 = "" }
      hcloud_csi  = { version = "2.22.1", sha256 = "" }
    }
  }

  expect_failures = [
    var.fqdn, var.name, var.location, var.network_zone, var.control_plane, var.operator_cidrs, var.ssh_public_key,
    var.join_token, var.poll_interval, var.load_balancer_type, var.workers, var.first_contact, var.downloads,
  ]
}

run "a_name_longer_than_a_label" {
  command = plan
  variables { fqdn = "a234567890123456789012345678901234567890123456789.omani.works.om" }
  expect_failures = [var.fqdn]
}

run "a_network_with_host_bits" {
  command = plan
  variables { operator_cidrs = ["203.0.113.7/24"] }
  expect_failures = [var.operator_cidrs]
}

run "a_short_token" {
  command = plan
  variables { agent_token = "short" }
  expect_failures = [var.agent_token]
}

run "equal_tokens" {
  command = plan
  variables { agent_token = "join00000000000000000000000000000000" }
  expect_failures = [var.agent_token]
}

run "two_pools_that_number_alike" {
  command = plan
  variables {
    workers = [{ name = "a", type = "any1", count = 11 }, { name = "a1", type = "any1", count = 1 }]
  }
  expect_failures = [var.workers]
}

run "more_workers_than_a_network_holds" {
  command = plan
  variables {
    workers = [{ name = "a", type = "any1", count = 90 }, { name = "b", type = "any1", count = 1 }]
  }
  expect_failures = [var.workers]
}

run "a_pool_without_servers" {
  command = plan
  variables { workers = [{ name = "a", type = "any1", count = 0 }] }
  expect_failures = [var.workers]
}

run "a_label_of_ours" {
  command = plan
  variables {
    workers = [{ name = "a", type = "any1", count = 1, labels = { "catalyst.openova.io/ingress" = "true" } }]
  }
  expect_failures = [var.workers]
}

run "a_taint_without_effect" {
  command = plan
  variables { workers = [{ name = "a", type = "any1", count = 1, taints = ["disk=fast"] }] }
  expect_failures = [var.workers]
}
