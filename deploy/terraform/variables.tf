variable "account_id" {
  description = "The account that everything is made in."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account has twelve digits."
  }
}

variable "region" {
  description = "The region that everything is made in, and the only one that the worker talks to."
  type        = string

  validation {
    condition     = startswith(var.region, "us-")
    error_message = "Papers of applicants stay in the United States."
  }
}

variable "name" {
  description = "What the names of all resources begin with. Give each installation in an account its own."
  type        = string
  default     = "vouch"
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = { app = "vouch" }
}

variable "oidc_provider_arn" {
  description = "ARN of the cluster's OIDC provider in IAM. Pods trade their tokens for roles with it."
  type        = string
}

variable "namespace" {
  description = "Namespace that vouch runs in."
  type        = string
  default     = "vouch"
}

variable "keda_service_account" {
  description = "KEDA's operator, as namespace:name. It may read how long the queues are."
  type        = string
  default     = "keda:keda-operator"
}

variable "upload_prefix" {
  description = "Only uploads whose key begins with this are announced to vouch. Empty: all."
  type        = string
  default     = ""
}

variable "uploads_expire_days" {
  description = "Days after which uploads are deleted; vouch keeps a copy of each that it has read. null: never."
  type        = number
  default     = null
}

variable "documents_expire_days" {
  description = "Days after which vouch's copies and readings are deleted. How long they must be kept is a question of law. null: never."
  type        = number
  default     = null
}

variable "record_keepers" {
  description = "ARNs of the roles that may delete verdicts and the audit trail, when the law asks for it. None by default."
  type        = list(string)
  default     = []
}
