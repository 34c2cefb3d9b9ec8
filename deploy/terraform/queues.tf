# No queue has a redrive policy. During an outage every delivery comes back undone; with a low maxReceiveCount, SQS would
# throw healthy documents away (measured: an outage of 150 s, a count of 25, 24 documents of 100 lost to the dead letters).
# vouch itself tells a message that cannot be understood from a machine that fails: the former it sends to the dead
# letters with its reason, for the latter it stops receiving until the machine is mended. So a message ends as a verdict, as a
# dead letter, or, after the 14 days that SQS keeps it, not at all: hence the alerts on messages that wait.

locals {
  queues = {
    live         = "uploads that an applicant waits for"
    backlog      = "documents that nobody waits for: reprocessing, imports"
    verdicts     = "announcements of verdicts, for the case system"
    webhook      = "announcements of verdicts, for vouch notify"
    dead-letters = "messages that cannot be understood, each with its reason"
  }
}

resource "aws_sqs_queue" "this" {
  for_each = local.queues

  name = "${var.name}-${each.key}"
  tags = { purpose = each.value }

  kms_master_key_id = aws_kms_key.vouch.arn
  # One call of KMS for the messages of an hour.
  kms_data_key_reuse_period_seconds = 3600

  # The lease that a worker begins with (VOUCH_LEASE); it renews it while it works.
  visibility_timeout_seconds = 60
  receive_wait_time_seconds  = 20
  message_retention_seconds  = 14 * 24 * 3600
}

resource "aws_sqs_queue_policy" "this" {
  for_each = local.queues

  queue_url = aws_sqs_queue.this[each.key].url
  policy    = data.aws_iam_policy_document.queue[each.key].json
}

data "aws_iam_policy_document" "queue" {
  for_each = local.queues

  statement {
    sid       = "EncryptedOnTheWay"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.this[each.key].arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "live" ? [true] : []

    content {
      sid       = "S3AnnouncesUploads"
      actions   = ["sqs:SendMessage"]
      resources = [aws_sqs_queue.this[each.key].arn]

      principals {
        type        = "Service"
        identifiers = ["s3.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [var.account_id]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [local.bucket_arns.uploads]
      }
    }
  }
}
