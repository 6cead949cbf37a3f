variable "workers" {
  description = <<-TEXT
    Pools of workers. `location` is the control planes' when left out; `ingress` nodes receive the load
    balancer's traffic (where no pool does, the control planes do); `labels` and `taints` (`key=value:Effect`)
    are Kubernetes'.
  TEXT
  type = list(object({
    name     = string
    type     = string
    count    = number
    location = optional(string)
    ingress  = optional(bool, false)
    labels   = optional(map(string), {})
    taints   = optional(list(string), [])
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for pool in var.workers : can(regex("^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$", pool.name)) && pool.name != "cp"])
    error_message = "A worker pool's name must have 1 to 16 lower-case letters, digits and inner hyphens, begin with a letter, and not be cp."
  }
  validation {
    condition = length(distinct(flatten([for pool in var.workers : [for n in range(pool.count) : "${pool.name}${n + 1}"]]))) == length(
      flatten([for pool in var.workers : [for n in range(pool.count) : n]])
    ) && length(distinct(var.workers[*].name)) == length(var.workers)
    error_message = "Worker pools must have distinct names, also once their servers are numbered: a11 may be the eleventh of a or the first of a1."
  }
  validation {
    condition     = alltrue([for pool in var.workers : pool.count >= 1 && pool.count <= 90 && floor(pool.count) == pool.count])
    error_message = "A worker pool must have 1 to 90 servers."
  }
  validation {
    condition     = sum(concat([0], var.workers[*].count)) <= 90
    error_message = "All worker pools together must have at most 90 servers: a network at Hetzner holds 100."
  }
  validation {
    condition     = length(var.workers) <= 20
    error_message = "There may be at most 20 worker pools: a project at Hetzner holds 50 placement groups."
  }
  validation {
    condition     = alltrue([for pool in var.workers : can(regex("^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$", pool.type))])
    error_message = "A worker pool's type must be the name of a server type, as the catalogue spells it."
  }
  validation {
    condition     = alltrue([for pool in var.workers : pool.location == null || can(regex("^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$", pool.location))])
    error_message = "A worker pool's location must be the name of a Hetzner location, as the catalogue spells it."
  }
  validation {
    condition = alltrue(flatten([for pool in var.workers : [for key, value in pool.labels :
      can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$", key))
      && length(split("/", key)[0]) <= 253
      && (value == "" || can(regex("^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$", value)))
    ]]))
    error_message = "A worker pool's labels must be Kubernetes labels: a name of at most 63 characters, with a domain before it where one is wanted, and such a value."
  }
  validation {
    condition = alltrue(flatten([for pool in var.workers : [for key in concat(keys(pool.labels), pool.taints) :
      !can(regex("(hetzner\\.cloud|kubernetes\\.io|k8s\\.io|catalyst\\.openova\\.io)/", key))
    ]]))
    error_message = "A worker pool's labels and taints must not use hetzner.cloud, kubernetes.io, k8s.io or catalyst.openova.io: those are set for you."
  }
  validation {
    condition = alltrue(flatten([for pool in var.workers : [for taint in pool.taints :
      can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?(=([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?)?:(NoSchedule|PreferNoSchedule|NoExecute)$", taint))
      && length(split("/", taint)[0]) <= 253
    ]]))
    error_message = "A worker pool's taint must read key=value:Effect or key:Effect, with NoSchedule, PreferNoSchedule or NoExecute."
  }
}
