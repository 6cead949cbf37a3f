# A server is born behind a firewall without rules, which lets nothing in. It exists at once, so that no
# server waits for rules to be set, and no server is ever without a firewall.
resource "hcloud_firewall" "closed" {
  name   = "${local.prefix}-closed"
  labels = local.labels
}

# What is let in. It reaches the servers by their label, now and later, a moment after they were made.
# It guards the public interface only. The load balancer's traffic is private, so neither 80, 443 nor
# 6443 is opened anywhere.
resource "hcloud_firewall" "nodes" {
  provider = hcloud.patient

  name   = "${local.prefix}-fw"
  labels = local.labels

  rule {
    description = "SSH, from the operator's networks"
    direction   = "in"
    protocol    = "tcp"
    port        = "22"
    source_ips  = distinct([for cidr in var.operator_cidrs : cidrsubnet(cidr, 0, 0)])
  }
  rule {
    description = "ICMP, without which path MTU discovery fails"
    direction   = "in"
    protocol    = "icmp"
    source_ips  = ["0.0.0.0/0", "::/0"]
  }

  apply_to {
    label_selector = "${local.label.sovereign}=${var.fqdn}"
  }
}
