output "user_data" {
  description = "The cloud-config of each node, by node key."
  value       = local.user_data
  sensitive   = true
}
