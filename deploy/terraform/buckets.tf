# `store` is vouch's own: documents/, readings/, verdicts/, sightings/, starts/, audit/. `uploads` is where the portal puts what
# applicants send; vouch only reads it.

locals {
  # Names of buckets are shared with the whole world, so the account's number is in them.
  buckets = {
    store   = "${var.name}-${var.account_id}"
    uploads = "${var.name}-uploads-${var.account_id}"
  }

  # Spelled out, because the key's policy names the bucket and the bucket's encryption names the key.
  bucket_arns = { for which, name in local.buckets : which => "arn:${local.partition}:s3:::${name}" }
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket = each.value

  # Costs nothing and locks nothing by itself. It cannot be had without effort later, and README.md says for what: an audit
  # trail that not even an administrator can shorten.
  object_lock_enabled = each.key == "store"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    # One call of KMS for many objects.
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.vouch.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "what-was-broken-off"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  # What was overwritten or deleted can be brought back for a month.
  dynamic "rule" {
    for_each = local.forgotten[each.key]

    content {
      id     = "forget-${rule.key}"
      status = "Enabled"

      filter {
        prefix = rule.value
      }

      noncurrent_version_expiration {
        noncurrent_days = 30
      }

      expiration {
        expired_object_delete_marker = true
      }
    }
  }

  dynamic "rule" {
    for_each = local.expiries[each.key]

    content {
      id     = "expire-${trimsuffix(rule.key, "/")}"
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      expiration {
        days = rule.value
      }
    }
  }

  # A rule on versions asks for versioning first.
  depends_on = [aws_s3_bucket_versioning.this]
}

locals {
  # Here and below never verdicts/, sightings/, starts/ or audit/: what was decided, who sent a document first, who did what.
  forgotten = {
    store   = { documents = "documents/", readings = "readings/" }
    uploads = { everything = "" }
  }

  expiries = {
    store = {
      for prefix in ["documents/", "readings/"] : prefix => var.documents_expire_days if var.documents_expire_days != null
    }
    uploads = {
      for prefix in [var.upload_prefix] : prefix => var.uploads_expire_days if var.uploads_expire_days != null
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = data.aws_iam_policy_document.bucket[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.this]
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.buckets

  statement {
    sid       = "EncryptedOnTheWay"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arns[each.key], "${local.bucket_arns[each.key]}/*"]

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

  # What is written once: S3 itself refuses a second verdict, whoever writes it. A multipart upload says so at its end.
  dynamic "statement" {
    for_each = each.key == "store" ? [true] : []

    content {
      sid       = "AVerdictIsNeverOverwritten"
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${local.bucket_arns.store}/verdicts/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Null"
        variable = "s3:if-none-match"
        values   = ["true"]
      }

      condition {
        test     = "Bool"
        variable = "s3:ObjectCreationOperation"
        values   = ["true"]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "store" ? [true] : []

    content {
      sid       = "TheRecordIsKept"
      effect    = "Deny"
      actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
      resources = ["${local.bucket_arns.store}/verdicts/*", "${local.bucket_arns.store}/audit/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      dynamic "condition" {
        for_each = length(var.record_keepers) > 0 ? [var.record_keepers] : []

        content {
          test     = "ArnNotLike"
          variable = "aws:PrincipalArn"
          values   = condition.value
        }
      }
    }
  }
}

resource "aws_s3_bucket_notification" "uploads" {
  bucket = aws_s3_bucket.this["uploads"].id

  # S3 cannot leave out the `.submission.json` beside an upload; vouch ignores their announcements.
  queue {
    queue_arn     = aws_sqs_queue.this["live"].arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = var.upload_prefix
  }

  # S3 tries the queue before it takes the setting.
  depends_on = [aws_sqs_queue_policy.this]
}
