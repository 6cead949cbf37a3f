resource "hcloud_load_balancer" "ingress" {
  provider = hcloud.patient

  name               = "${local.prefix}-lb"
  load_balancer_type = var.load_balancer_type
  location           = var.location
  labels             = local.labels
  delete_protection  = var.delete_protection

  lifecycle {
    precondition {
      condition     = local.ingress_node_count <= lookup(local.most_targets, var.load_balancer_type, local.ingress_node_count)
      error_message = "There are ${local.ingress_node_count} ingress nodes, more than a load balancer of type ${var.load_balancer_type} reaches: choose a larger type or fewer ingress pools."
    }
  }
}

# A load balancer changes one thing at a time, so its parts form a chain: asking at once only earns a
# conflict and a pause. The chain is shorter than a server's creation, which goes on beside it.
resource "hcloud_load_balancer_network" "ingress" {
  load_balancer_id = hcloud_load_balancer.ingress.id
  subnet_id        = hcloud_network_subnet.control.id
  ip               = cidrhost(local.control_range, 254)

  lifecycle {
    # As with a server's attachment: adopted, it knows its network only.
    ignore_changes       = [subnet_id, network_id]
    replace_triggered_by = [hcloud_network.main.id]
  }
}

resource "hcloud_load_balancer_target" "ingress" {
  load_balancer_id = hcloud_load_balancer.ingress.id
  type             = "label_selector"
  label_selector   = "${local.label.sovereign}=${var.fqdn},${local.label.ingress}=true"
  use_private_ip   = true

  depends_on = [hcloud_load_balancer_network.ingress]
}

resource "hcloud_load_balancer_service" "http" {
  load_balancer_id = hcloud_load_balancer.ingress.id
  protocol         = "tcp"
  listen_port      = 80
  destination_port = 31080

  health_check {
    protocol = "tcp"
    port     = 31080
    interval = 15
    timeout  = 10
    retries  = 3
  }

  depends_on = [hcloud_load_balancer_target.ingress]
}

resource "hcloud_load_balancer_service" "https" {
  load_balancer_id = hcloud_load_balancer.ingress.id
  protocol         = "tcp"
  listen_port      = 443
  destination_port = 31443

  health_check {
    protocol = "tcp"
    port     = 31443
    interval = 15
    timeout  = 10
    retries  = 3
  }

  depends_on = [hcloud_load_balancer_service.http]
}
