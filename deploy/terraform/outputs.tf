output "settings" {
  description = "What deploy/kustomize/account/settings.env holds; add VOUCH_WEBHOOK where there is one."
  value       = <<-EOT
    AWS_REGION=${var.region}
    VOUCH_REGIONS=${var.region}
    VOUCH_QUEUE=${aws_sqs_queue.this["live"].url}
    VOUCH_BACKLOG_QUEUE=${aws_sqs_queue.this["backlog"].url}
    VOUCH_VERDICT_QUEUE=${aws_sqs_queue.this["verdicts"].url}
    VOUCH_WEBHOOK_QUEUE=${aws_sqs_queue.this["webhook"].url}
    VOUCH_DEAD_LETTER_QUEUE=${aws_sqs_queue.this["dead-letters"].url}
    VOUCH_BUCKET=${aws_s3_bucket.this["store"].bucket}
    VOUCH_UPLOAD_BUCKETS=${aws_s3_bucket.this["uploads"].bucket}
  EOT
}

output "roles" {
  description = "The roles for deploy/kustomize/account/kustomization.yaml: worker, notify, keda."
  value       = { for which, role in aws_iam_role.this : which => role.arn }
}

output "submitter_policy" {
  description = "To attach to the role of whoever submits."
  value       = aws_iam_policy.submitter.arn
}
