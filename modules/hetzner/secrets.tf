# Remembered, not generated: `triggers_replace` keeps the first value it was given, and a value kept
# there stays sensitive and is known while planning, which `output` would not be.

resource "terraform_data" "first_contact" {
  for_each = local.keys

  triggers_replace = try(var.first_contact[each.key], null)

  lifecycle {
    ignore_changes = [triggers_replace]
  }
}

resource "terraform_data" "tokens" {
  triggers_replace = { join = var.join_token, agent = var.agent_token }

  lifecycle {
    ignore_changes = [triggers_replace]
  }
}

locals {
  first_contact = { for key, kept in terraform_data.first_contact : key => sensitive(
    kept.triggers_replace == null ? { private_key = "", public_key = "" } : kept.triggers_replace
  ) }
  tokens = sensitive(terraform_data.tokens.triggers_replace)

  # Only a node that is not remembered yet needs a key from the caller.
  without_key = [for key, kept in local.first_contact : key if nonsensitive(kept.private_key == "")]
}
