output "user_data" {
  description = "The cloud-config of each node, by node key."
  value       = local.user_data
  sensitive   = true
}

output "too_long" {
  description = "The keys of the nodes whose cloud-config is longer than most_bytes."
  value       = local.too_long
}
