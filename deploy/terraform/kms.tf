# One key for queues and buckets: whoever may use it still needs the right to the queue or the bucket.

resource "aws_kms_key" "vouch" {
  description             = "Uploads, readings, verdicts and messages of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "vouch" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.vouch.key_id
}

data "aws_iam_policy_document" "key" {
  # Without this, nobody could ever change the key again. It gives no role anything by itself.
  statement {
    sid       = "AccountDecidesByIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${var.account_id}:root"]
    }
  }

  # S3 announces uploads on an encrypted queue, for which it needs the key itself.
  statement {
    sid       = "S3AnnouncesUploads"
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = ["*"]

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

data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition
}
