# Renders what a node is told before its first boot. It rents nothing and needs no provider. The files
# are fixed texts; all that differs between nodes stands in node.env and in k3s's configuration.

locals {
  pod_range     = "10.42.0.0/16"
  service_range = "10.43.0.0/16"
  library       = "/usr/local/lib/catalyst"
  single        = length(var.control_planes) == 1

  service = { "control-plane" = "k3s", "worker" = "k3s-agent" }
  program = { "control-plane" = "server", "worker" = "agent" }

  github = "https://github.com"
  urls = {
    K3S_URL         = "${local.github}/k3s-io/k3s/releases/download/${urlencode(var.downloads.k3s.version)}"
    CILIUM_URL      = "https://helm.cilium.io/cilium-${var.downloads.cilium.version}.tgz"
    GATEWAY_API_URL = "${local.github}/kubernetes-sigs/gateway-api/releases/download/${var.downloads.gateway_api.version}/standard-install.yaml"
    FLUX_URL        = "${local.github}/fluxcd/flux2/releases/download/${var.downloads.flux.version}/install.yaml"
    HCLOUD_CSI_URL  = "https://charts.hetzner.cloud/hcloud-csi-${var.downloads.hcloud_csi.version}.tgz"
  }
  sums = {
    K3S_SHA256_AMD64   = var.downloads.k3s.sha256.amd64
    K3S_SHA256_ARM64   = var.downloads.k3s.sha256.arm64
    CILIUM_SHA256      = var.downloads.cilium.sha256
    GATEWAY_API_SHA256 = var.downloads.gateway_api.sha256
    FLUX_SHA256        = var.downloads.flux.sha256
    HCLOUD_CSI_SHA256  = var.downloads.hcloud_csi.sha256
  }

  everywhere = join("", [for name, value in merge(local.urls, local.sums) : "${name}='${value}'\n"])
  environment = {
    for key, node in var.nodes : key => join("", concat([local.everywhere], [
      for name, value in {
        ROLE            = node.role
        SERVICE         = local.service[node.role]
        NODE_NAME       = node.name
        STAGES          = join(" ", [for stage in var.stages : stage.name if contains(stage.roles, node.role)])
        PRIVATE_ADDRESS = try(var.control_planes[key], replace(var.worker_range, "/\\d+\\/24$/", "*"))
        PEERS           = join(" ", [for peer, address in var.control_planes : address if peer != key])
        MAY_FOUND       = key == "cp1" && var.cluster_init ? "yes" : "no"
      } : "${name}='${value}'\n"
    ]))
  }

  k3s_common = {
    for key, node in var.nodes : key => {
      node-name  = node.name
      node-label = [for label, value in node.labels : "${label}=${value}"]
      node-taint = node.taints
    }
  }
  k3s_server = {
    token                  = var.tokens.join
    agent-token            = var.tokens.agent
    cluster-cidr           = local.pod_range
    service-cidr           = local.service_range
    flannel-backend        = "none"
    disable-network-policy = true
    disable-kube-proxy     = true
    # Nobody plays the cloud to Kubernetes: the load balancer belongs to whoever applies this module.
    disable-cloud-controller = true
    disable                  = concat(["traefik", "servicelb"], local.single ? [] : ["local-storage"])
    secrets-encryption       = true
    write-kubeconfig-mode    = "0600"
    tls-san                  = concat([var.fqdn], values(var.control_planes))
  }
  k3s = {
    for key, node in var.nodes : key => yamlencode(merge(
      local.k3s_common[key],
      { for name, value in local.k3s_server : name => value if node.role == "control-plane" },
      { for name, value in { token = var.tokens.agent } : name => value if node.role == "worker" },
    ))
  }

  cilium = templatefile("${path.module}/files/cilium.yaml.tftpl", {
    version  = var.downloads.cilium.version
    pods     = local.pod_range
    replicas = local.single ? 1 : 2
  })

  # A single node keeps volumes on its own disk, by k3s's own storage; several need them to move.
  storage = templatefile("${path.module}/files/storage.yaml.tftpl", {
    version = var.downloads.hcloud_csi.version
    label   = var.volume_label
    fqdn    = var.fqdn
  })

  both_roles = {
    "/etc/netplan/60-catalyst-private.yaml"     = { mode = "0600", text = file("${path.module}/files/netplan.yaml") }
    "/etc/ssh/sshd_config.d/10-catalyst.conf"   = { mode = "0600", text = file("${path.module}/files/sshd.conf") }
    "/etc/systemd/system/catalyst-boot.service" = { mode = "0644", text = file("${path.module}/files/catalyst-boot.service") }
    "${local.library}/common.sh"                = { mode = "0644", text = file("${path.module}/files/common.sh") }
    "${local.library}/rotate-host-key"          = { mode = "0755", text = file("${path.module}/files/rotate-host-key.sh") }
  }
  by_role = {
    for role, service in local.service : role => merge(
      local.both_roles,
      {
        "${local.library}/boot" = { mode = "0755", text = file("${path.module}/files/${role}.sh") }
        "/etc/systemd/system/${service}.service" = {
          mode = "0644"
          text = replace(file("${path.module}/files/k3s.service"), "@program@", local.program[role])
        }
      },
      { for path, text in {
        "/var/lib/catalyst/manifests/cilium.yaml"   = local.cilium
        "/var/lib/catalyst/manifests/metadata.yaml" = file("${path.module}/files/metadata.yaml")
      } : path => { mode = "0600", text = text } if role == "control-plane" },
      { for path, text in {
        "/var/lib/catalyst/manifests/storage.yaml" = local.storage
      } : path => { mode = "0600", text = text } if role == "control-plane" && !local.single },
    )
  }
  # What all nodes of a role are told is rendered and measured once: a plan for many nodes is quick.
  told_role = {
    for role, files in local.by_role : role => yamlencode([
      for path, file in files : { path = path, permissions = file.mode, content = file.text }
    ])
  }
  told_node = {
    for key, node in var.nodes : key => join("", ["#cloud-config\n", yamlencode({
      hostname   = node.name
      ssh_pwauth = false
      ssh_keys = {
        ed25519_private = var.first_contact[key].private_key
        ed25519_public  = trimspace(var.first_contact[key].public_key)
      }
      runcmd = [["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", "--no-block", "catalyst-boot.service"]]
      }), "write_files:\n", yamlencode([
      { path = "/etc/catalyst/node.env", permissions = "0600", content = local.environment[key] },
      { path = "/etc/rancher/k3s/config.yaml", permissions = "0600", content = local.k3s[key] },
    ])])
  }
  user_data = { for key, node in var.nodes : key => join("", [local.told_node[key], local.told_role[node.role]]) }

  # Three bytes are four signs of base64, the only measure of bytes that there is here.
  role_bytes = { for role, text in local.told_role : role => length(base64encode(text)) * 3 / 4 }
  too_long = [
    for key, node in var.nodes : key
    if nonsensitive(length(base64encode(local.told_node[key]))) * 3 / 4 + local.role_bytes[node.role] > var.most_bytes
  ]
}
