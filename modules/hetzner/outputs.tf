locals {
  described = {
    for key, node in local.nodes : key => {
      name         = hcloud_server.node[key].name
      id           = hcloud_server.node[key].id
      ipv4         = hcloud_server.node[key].ipv4_address
      private_ipv4 = hcloud_server_network.node[key].ip
      # The comment of a key says nothing about it.
      host_key = join(" ", slice(split(" ", trimspace(nonsensitive(local.first_contact[key].public_key))), 0, 2))
    }
  }
}

output "control_planes" {
  description = "Each control plane by its key: name, id, addresses, and the public host key with which it booted."
  value       = { for key in keys(local.control_planes) : key => local.described[key] }
}

output "workers" {
  description = "Each worker by its key, described as the control planes are."
  value       = { for key in keys(local.workers) : key => local.described[key] }
}

output "load_balancer" {
  description = "The load balancer: id, name, public and private address."
  value = {
    id           = hcloud_load_balancer.ingress.id
    name         = hcloud_load_balancer.ingress.name
    ipv4         = hcloud_load_balancer.ingress.ipv4
    private_ipv4 = hcloud_load_balancer_network.ingress.ip
  }
}

output "network" {
  description = "The private network: id and name."
  value       = { id = hcloud_network.main.id, name = hcloud_network.main.name }
}

output "firewall" {
  description = "The nodes' firewall: id."
  value       = { id = hcloud_firewall.nodes.id }
}
