# What is planned for which sizing, with a mocked provider: no cloud, no token.

mock_provider "hcloud" {
  # Ids are numbers wherever one resource names another.
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
  operator_cidrs = ["203.0.113.7/32"]
  ssh_public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF0000000000000000000000000000000000000000000"
  join_token     = "join00000000000000000000000000000000"
  agent_token    = "agent0000000000000000000000000000000"
  first_contact = {
    for node in ["cp1", "cp2", "cp3", "web1", "web2", "web3", "web4", "web5", "web6", "web7", "web8", "web9", "web10", "web11", "db1"] : node => {
      private_key = "-----BEGIN OPENSSH PRIVATE KEY-----\n${node}\n-----END OPENSSH PRIVATE KEY-----\n"
      public_key  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF${format("%042d", length(node))} ${node}"
    }
  }
}

run "solo" {
  assert {
    condition     = keys(hcloud_server.node) == ["cp1"] && hcloud_server.node["cp1"].name == "catalyst-oman-cp1"
    error_message = "A solo Sovereign is one server called catalyst-oman-cp1."
  }
  assert {
    condition     = length(hcloud_network_subnet.workers) == 0 && length(hcloud_placement_group.spread) == 1
    error_message = "Without workers there is one subnet and one placement group."
  }
  assert {
    condition     = hcloud_server_network.node["cp1"].ip == "10.0.1.2"
    error_message = "The first control plane's private address is 10.0.1.2."
  }
  assert {
    condition     = hcloud_server.node["cp1"].labels["catalyst.openova.io/ingress"] == "true"
    error_message = "Without ingress pools, control planes receive the traffic."
  }
  assert {
    condition     = toset([for rule in hcloud_firewall.nodes.rule : coalesce(rule.port, rule.protocol)]) == toset(["22", "icmp"])
    error_message = "Nodes open SSH and ICMP, and nothing else."
  }
  assert {
    condition     = length(hcloud_firewall.closed.rule) == 0 && length(hcloud_firewall.closed.apply_to) == 0
    error_message = "The firewall that servers are born with lets nothing in."
  }
  assert {
    condition     = tolist(hcloud_firewall.nodes.apply_to)[0].label_selector == "catalyst.openova.io/sovereign=oman.omani.works"
    error_message = "What is let in reaches exactly this Sovereign's servers."
  }
  assert {
    condition     = hcloud_load_balancer_target.ingress.label_selector == "catalyst.openova.io/sovereign=oman.omani.works,catalyst.openova.io/ingress=true" && hcloud_load_balancer_target.ingress.use_private_ip
    error_message = "The load balancer reaches this Sovereign's ingress nodes over the private network."
  }
  assert {
    condition = alltrue([for labels in [
      hcloud_network.main.labels, hcloud_firewall.closed.labels, hcloud_firewall.nodes.labels, hcloud_ssh_key.operator.labels, hcloud_load_balancer.ingress.labels,
      hcloud_placement_group.spread["cp"].labels, hcloud_server.node["cp1"].labels,
    ] : labels["catalyst.openova.io/sovereign"] == "oman.omani.works"])
    error_message = "Everything that can carry a label carries the Sovereign's."
  }
  assert {
    condition     = output.control_planes["cp1"].host_key == "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF${format("%042d", 3)}"
    error_message = "The public host key is an output, without its comment."
  }
}

run "secrets_are_remembered" {
  variables {
    join_token  = "other0000000000000000000000000000000"
    agent_token = "others000000000000000000000000000000"
    first_contact = {
      cp1 = {
        private_key = "-----BEGIN OPENSSH PRIVATE KEY-----\nother\n-----END OPENSSH PRIVATE KEY-----\n"
        public_key  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF${format("%042d", 99)}"
      }
    }
  }

  assert {
    condition     = output.control_planes["cp1"].host_key == "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF${format("%042d", 3)}"
    error_message = "A host key made later does not take the place of the first."
  }
  assert {
    condition     = nonsensitive(local.tokens.join) == "join00000000000000000000000000000000" && nonsensitive(local.tokens.agent) == "agent0000000000000000000000000000000"
    error_message = "Tokens made later do not take the place of the first."
  }
}

run "known_nodes_need_no_key" {
  command = plan

  variables {
    first_contact = {}
  }
}

run "a_new_node_needs_a_key" {
  command = plan

  variables {
    first_contact = {}
    control_plane = { type = "any1", count = 3 }
  }

  expect_failures = [hcloud_server.node["cp2"], hcloud_server.node["cp3"]]
}

run "more_ingress_nodes_than_the_balancer_reaches" {
  command = plan

  variables {
    workers = [{ name = "web", type = "any2", count = 26, ingress = true }]
    first_contact = {
      for n in range(26) : "web${n + 1}" => {
        private_key = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n"
        public_key  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF${format("%042d", n)}"
      }
    }
  }

  expect_failures = [hcloud_load_balancer.ingress]
}

run "high_availability_with_pools" {
  variables {
    control_plane = { type = "any1", count = 3 }
    workers = [
      { name = "web", type = "any2", count = 11, ingress = true },
      { name = "db", type = "any3", count = 1, location = "nbg1", labels = { disk = "fast" }, taints = ["disk=fast:NoSchedule"] },
    ]
  }

  assert {
    condition     = length(hcloud_server.node) == 15 && length(output.control_planes) == 3 && length(output.workers) == 12
    error_message = "Three control planes and twelve workers are fifteen servers."
  }
  assert {
    condition     = [for key in ["cp1", "cp2", "cp3"] : hcloud_server_network.node[key].ip] == ["10.0.1.2", "10.0.1.3", "10.0.1.4"]
    error_message = "Control planes have fixed private addresses."
  }
  assert {
    condition     = keys(hcloud_placement_group.spread) == ["cp", "db-1", "web-1", "web-2"]
    error_message = "A placement group holds ten servers of one pool."
  }
  assert {
    condition     = toset([for key, server in hcloud_server.node : key if contains(keys(server.labels), "catalyst.openova.io/ingress")]) == toset([for n in range(11) : "web${n + 1}"])
    error_message = "With an ingress pool, its servers and no others receive the traffic."
  }
  assert {
    condition     = hcloud_server.node["db1"].location == "nbg1" && hcloud_server.node["web1"].location == "fsn1" && hcloud_server.node["db1"].server_type == "any3"
    error_message = "A pool has its own type and may have its own location."
  }
}

run "delete_protection" {
  command = plan

  variables {
    delete_protection = true
  }

  assert {
    condition     = hcloud_server.node["cp1"].delete_protection && hcloud_server.node["cp1"].rebuild_protection && hcloud_network.main.delete_protection && hcloud_load_balancer.ingress.delete_protection
    error_message = "Delete protection reaches all that supports it."
  }
}

run "more_labels_than_a_first_boot_holds" {
  command = plan

  variables {
    workers = [{ name = "db", type = "any3", count = 1, labels = { for n in range(400) : "k${n}" => format("v%060d", n) } }]
  }

  expect_failures = [hcloud_server.node["db1"]]
}
