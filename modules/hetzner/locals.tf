locals {
  prefix = "catalyst-${var.name}"

  label = {
    sovereign = "catalyst.openova.io/sovereign"
    role      = "catalyst.openova.io/role"
    pool      = "catalyst.openova.io/pool"
    ingress   = "catalyst.openova.io/ingress"
  }
  labels = { (local.label.sovereign) = var.fqdn }

  # Where no pool takes the traffic, the control planes do.
  control_planes_are_ingress = !anytrue(var.workers[*].ingress)

  # Each node by its key. A key, an address and a placement group depend on nothing but the node's own
  # pool and number, so that no change of size moves another node.
  control_planes = {
    for n in range(var.control_plane.count) : "cp${n + 1}" => {
      role       = "control-plane"
      pool       = "cp"
      type       = var.control_plane.type
      location   = var.location
      group      = "cp"
      subnet     = "control"
      private_ip = cidrhost(local.control_range, n + 2)
      ingress    = local.control_planes_are_ingress
      labels     = tomap({})
      taints     = tolist([])
    }
  }
  workers = merge([
    for pool in var.workers : {
      for n in range(pool.count) : "${pool.name}${n + 1}" => {
        role       = "worker"
        pool       = pool.name
        type       = pool.type
        location   = coalesce(pool.location, var.location)
        group      = "${pool.name}-${floor(n / local.group_size) + 1}"
        subnet     = "workers"
        private_ip = null
        ingress    = pool.ingress
        labels     = pool.labels
        taints     = pool.taints
      }
    }
  ]...)
  nodes = merge(local.control_planes, local.workers)
  # What each node's resources repeat over: OpenTofu goes through it again for every instance, and a small
  # map is quicker than a set or a map of all that is known of a node.
  keys = { for key in keys(local.nodes) : key => key }

  # Hetzner's bounds: servers in a placement group, targets of a load balancer by its type.
  group_size         = 10
  most_targets       = { lb11 = 25, lb21 = 75, lb31 = 150 }
  most_user_data     = 32768
  ingress_node_count = length([for node in local.nodes : node if node.ingress])
}
