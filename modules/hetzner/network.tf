locals {
  network_range = "10.0.0.0/16"
  control_range = "10.0.1.0/24"
  worker_range  = "10.0.2.0/24"
}

resource "hcloud_network" "main" {
  name              = "${local.prefix}-net"
  ip_range          = local.network_range
  labels            = local.labels
  delete_protection = var.delete_protection
}

resource "hcloud_network_subnet" "control" {
  provider = hcloud.patient

  network_id   = hcloud_network.main.id
  type         = "cloud"
  network_zone = var.network_zone
  ip_range     = local.control_range
}

# Workers have a subnet of their own, in which Hetzner gives out the addresses: one that is given out
# stays, whatever happens to other pools, and none can take a control plane's.
resource "hcloud_network_subnet" "workers" {
  count = length(var.workers) > 0 ? 1 : 0

  network_id   = hcloud_network.main.id
  type         = "cloud"
  network_zone = var.network_zone
  ip_range     = local.worker_range

  # A network changes one thing at a time; asking at once only earns a conflict and a pause.
  depends_on = [hcloud_network_subnet.control]
}

# Attached by a resource of its own, a server needs not wait for the network to be created, and an
# attachment that fails does not taint the server.
resource "hcloud_server_network" "node" {
  for_each = local.keys

  server_id = local.server_ids[each.key]
  subnet_id = local.nodes[each.key].subnet == "control" ? hcloud_network_subnet.control.id : hcloud_network_subnet.workers[0].id
  ip        = local.nodes[each.key].private_ip

  lifecycle {
    # One that was adopted after an interruption knows its network only, and must not be made anew for
    # that. With another network it is.
    ignore_changes       = [subnet_id, network_id]
    replace_triggered_by = [hcloud_network.main.id]
  }
}
