# One of every kind of resource that the simulated cloud rents, as a careful user writes them.

terraform {
  required_providers {
    hcloud = { source = "hetznercloud/hcloud" }
  }
}

provider "hcloud" {
  poll_interval = "100ms"
  poll_function = "constant"
}

variable "ssh_public_key" { type = string }
variable "certificate" { type = string }
variable "private_key" { type = string }
variable "server_type" { default = "cx23" }
variable "load_balancer_type" { default = "lb11" }
variable "size" { default = 10 }
variable "tier" { default = "web" }
variable "port" { default = "80" }
variable "protected" { default = true }

resource "hcloud_network" "main" {
  name     = "main"
  ip_range = "10.0.0.0/16"
  labels   = { tier = var.tier }
}

resource "hcloud_network_subnet" "main" {
  network_id   = hcloud_network.main.id
  type         = "cloud"
  network_zone = "eu-central"
  ip_range     = "10.0.1.0/24"
}

resource "hcloud_network_route" "main" {
  network_id  = hcloud_network.main.id
  destination = "10.100.1.0/24"
  gateway     = "10.0.1.3"
  depends_on  = [hcloud_network_subnet.main]
}

resource "hcloud_ssh_key" "main" {
  name       = "main"
  public_key = var.ssh_public_key
  labels     = { tier = var.tier }
}

resource "hcloud_placement_group" "main" {
  name = "main"
  type = "spread"
}

resource "hcloud_firewall" "main" {
  name = "main"
  rule {
    direction  = "in"
    protocol   = "tcp"
    port       = var.port
    source_ips = ["203.0.113.0/24", "::/0"]
  }
  rule {
    direction       = "out"
    protocol        = "icmp"
    destination_ips = ["0.0.0.0/0"]
    description     = "all"
  }
}

resource "hcloud_firewall" "selected" {
  name = "selected"
  apply_to {
    label_selector = "tier=${var.tier},!gone"
  }
}

resource "hcloud_primary_ip" "main" {
  name        = "main"
  type        = "ipv4"
  location    = "fsn1"
  auto_delete = false
  labels      = { tier = var.tier }
}

resource "hcloud_primary_ip" "spare" {
  name        = "spare-${var.tier}"
  type        = "ipv6"
  location    = "fsn1"
  auto_delete = var.protected
}

resource "hcloud_floating_ip" "main" {
  name          = "main"
  type          = "ipv4"
  home_location = "nbg1"
  description   = "of ${var.tier}"
  labels        = { tier = var.tier }
}

resource "hcloud_floating_ip_assignment" "main" {
  floating_ip_id = hcloud_floating_ip.main.id
  server_id      = hcloud_server.fixed.id
}

resource "hcloud_server" "web" {
  count                      = 2
  name                       = "web${count.index}"
  server_type                = var.server_type
  image                      = "ubuntu-24.04"
  location                   = "fsn1"
  ssh_keys                   = [hcloud_ssh_key.main.id]
  firewall_ids               = [hcloud_firewall.main.id]
  ignore_remote_firewall_ids = true
  placement_group_id         = hcloud_placement_group.main.id
  labels                     = { tier = var.tier }
  user_data                  = "#cloud-config\n"
  delete_protection          = var.protected
  rebuild_protection         = var.protected

  network {
    network_id = hcloud_network.main.id
    ip         = "10.0.1.${count.index + 2}"
  }

  depends_on = [hcloud_network_subnet.main]
}

resource "hcloud_server" "fixed" {
  name        = "fixed"
  server_type = "cax11"
  image       = "debian-13"
  location    = "fsn1"
  backups     = true

  public_net {
    ipv4         = hcloud_primary_ip.main.id
    ipv6_enabled = false
  }
}

resource "hcloud_server_network" "fixed" {
  server_id = hcloud_server.fixed.id
  subnet_id = hcloud_network_subnet.main.id
  ip        = "10.0.1.20"
}

resource "hcloud_load_balancer" "main" {
  name               = "main"
  load_balancer_type = var.load_balancer_type
  location           = "nbg1"
  labels             = { tier = var.tier }
  delete_protection  = var.protected

  algorithm {
    type = var.protected ? "round_robin" : "least_connections"
  }
}

resource "hcloud_load_balancer_network" "main" {
  load_balancer_id = hcloud_load_balancer.main.id
  subnet_id        = hcloud_network_subnet.main.id
  ip               = "10.0.1.254"
}

resource "hcloud_load_balancer_service" "tcp" {
  load_balancer_id = hcloud_load_balancer.main.id
  protocol         = "tcp"
  listen_port      = 443
  destination_port = 31443
  proxyprotocol    = true
}

resource "hcloud_uploaded_certificate" "main" {
  name        = "main"
  certificate = var.certificate
  private_key = var.private_key
  labels      = { tier = var.tier }
}

resource "hcloud_load_balancer_service" "https" {
  load_balancer_id = hcloud_load_balancer.main.id
  protocol         = "https"
  listen_port      = 8443
  destination_port = 80

  http {
    certificates  = [hcloud_uploaded_certificate.main.id]
    redirect_http = var.protected
  }
}

resource "hcloud_load_balancer_service" "http" {
  load_balancer_id = hcloud_load_balancer.main.id
  protocol         = "http"

  http {
    sticky_sessions = true
  }
  health_check {
    protocol = "http"
    port     = 8080
    interval = 10
    timeout  = 5
    retries  = 2
    http {
      path         = "/healthz"
      status_codes = ["200"]
    }
  }
}

resource "hcloud_load_balancer_target" "selected" {
  type             = "label_selector"
  load_balancer_id = hcloud_load_balancer.main.id
  label_selector   = "tier=${var.tier}"
  use_private_ip   = true
  depends_on       = [hcloud_load_balancer_network.main]
}

resource "hcloud_load_balancer_target" "fixed" {
  type             = "server"
  load_balancer_id = hcloud_load_balancer.main.id
  server_id        = hcloud_server.fixed.id
  depends_on       = [hcloud_load_balancer_network.main]
}

resource "hcloud_firewall" "attached" {
  name = "attached"
}

resource "hcloud_firewall_attachment" "fixed" {
  firewall_id = hcloud_firewall.attached.id
  server_ids  = [hcloud_server.fixed.id]
}

resource "hcloud_rdns" "fixed" {
  server_id  = hcloud_server.fixed.id
  ip_address = hcloud_server.fixed.ipv4_address
  dns_ptr    = "${var.tier}.example.org"

  # Both change the same server, which is locked meanwhile.
  depends_on = [hcloud_server_network.fixed]
}

resource "hcloud_rdns" "spare" {
  primary_ip_id = hcloud_primary_ip.spare.id
  ip_address    = hcloud_primary_ip.spare.ip_address
  dns_ptr       = "${var.tier}.example.org"
}

resource "hcloud_rdns" "load_balancer" {
  load_balancer_id = hcloud_load_balancer.main.id
  ip_address       = hcloud_load_balancer.main.ipv4
  dns_ptr          = "${var.tier}.example.org"
}

resource "hcloud_volume" "main" {
  name     = "main"
  size     = var.size
  location = "fsn1"
  format   = "ext4"
  labels   = { tier = var.tier }
}

resource "hcloud_volume_attachment" "main" {
  volume_id = hcloud_volume.main.id
  server_id = hcloud_server.web[1].id
}

resource "hcloud_zone" "main" {
  name   = "example.org"
  mode   = "primary"
  ttl    = 3600
  labels = { tier = var.tier }
}

resource "hcloud_zone_rrset" "www" {
  zone    = hcloud_zone.main.name
  name    = "www"
  type    = "A"
  ttl     = 300
  labels  = { tier = var.tier }
  records = [{ value = hcloud_load_balancer.main.ipv4, comment = var.tier }]
}

resource "hcloud_zone_rrset" "text" {
  zone    = hcloud_zone.main.name
  name    = "@"
  type    = "TXT"
  records = [{ value = "\"v=spf1 -all\"" }]
}

resource "hcloud_zone_record" "one" {
  zone    = hcloud_zone.main.name
  name    = "one"
  type    = "AAAA"
  value   = "2001:db8::1"
  comment = var.tier
}

output "load_balancer" { value = hcloud_load_balancer.main.ipv4 }
output "addresses" { value = hcloud_server.web[*].ipv4_address }
