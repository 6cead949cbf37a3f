resource "hcloud_ssh_key" "operator" {
  name       = local.prefix
  public_key = var.ssh_public_key
  labels     = local.labels
}

resource "hcloud_placement_group" "spread" {
  for_each = toset([for node in local.nodes : node.group])

  name   = "${local.prefix}-${each.key}"
  type   = "spread"
  labels = local.labels
}

module "first_boot" {
  source = "./first-boot"

  fqdn           = var.fqdn
  most_bytes     = local.most_user_data
  cluster_init   = var.cluster_init
  control_planes = { for key, node in local.control_planes : key => node.private_ip }
  worker_range   = local.worker_range
  tokens         = local.tokens
  first_contact  = local.first_contact
  volume_label   = local.label.sovereign
  downloads      = var.downloads == null ? jsondecode(file("${path.module}/versions.json")) : var.downloads
  stages         = jsondecode(file("${path.module}/stages.json")).stages

  nodes = {
    for key, node in local.nodes : key => {
      name   = "${local.prefix}-${key}"
      role   = node.role
      taints = node.taints
      labels = merge(
        node.labels,
        { (local.label.role) = node.role, (local.label.pool) = node.pool },
        node.ingress ? { (local.label.ingress) = "true" } : {},
      )
    }
  }
}

# A resource with many instances is read once, here: where each of many others reads all of it, a plan's
# time grows with the square of the nodes.
locals {
  user_data  = module.first_boot.user_data
  too_long   = module.first_boot.too_long
  group_ids  = { for key, group in hcloud_placement_group.spread : key => group.id }
  server_ids = { for key, server in hcloud_server.node : key => server.id }
}

resource "hcloud_server" "node" {
  for_each = local.keys
  provider = hcloud.patient

  name               = "${local.prefix}-${each.key}"
  server_type        = local.nodes[each.key].type
  location           = local.nodes[each.key].location
  image              = var.image
  ssh_keys           = [hcloud_ssh_key.operator.id]
  firewall_ids       = [hcloud_firewall.closed.id]
  placement_group_id = local.group_ids[local.nodes[each.key].group]
  user_data          = local.user_data[each.key]
  delete_protection  = var.delete_protection
  rebuild_protection = var.delete_protection

  labels = merge(
    local.labels,
    { (local.label.role) = local.nodes[each.key].role, (local.label.pool) = local.nodes[each.key].pool },
    local.nodes[each.key].ingress ? { (local.label.ingress) = "true" } : {},
  )

  lifecycle {
    # A new release of the first boot, of the image or of the key never replaces a server. The firewall
    # that comes by label is listed with the server's own; it is not to be taken off again.
    ignore_changes = [user_data, image, ssh_keys, firewall_ids]

    precondition {
      condition     = !contains(local.without_key, each.key)
      error_message = "first_contact has no host key for the new node ${each.key}."
    }
    precondition {
      condition     = !contains(local.too_long, each.key)
      error_message = "The first boot of ${each.key} is longer than the 32 KiB that Hetzner takes: give its pool fewer or shorter labels and taints."
    }
  }
}
