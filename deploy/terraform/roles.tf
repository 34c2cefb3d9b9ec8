# What each part may do, and nothing it does not call. The policies here are the only ones; there is no second copy to keep.

locals {
  # The subject in the cluster's tokens that may take each role on.
  subjects = {
    worker = "system:serviceaccount:${var.namespace}:vouch-worker"
    notify = "system:serviceaccount:${var.namespace}:vouch-notify"
    keda   = "system:serviceaccount:${var.keda_service_account}"
  }

  permissions = {
    worker = data.aws_iam_policy_document.worker.json
    notify = data.aws_iam_policy_document.notify.json
    keda   = data.aws_iam_policy_document.keda.json
  }

  # "arn:aws:iam::111122223333:oidc-provider/HOST/PATH" -> "HOST/PATH"
  oidc_issuer = split(":oidc-provider/", var.oidc_provider_arn)[1]
}

resource "aws_iam_role" "this" {
  for_each = local.subjects

  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust[each.key].json
}

resource "aws_iam_role_policy" "this" {
  for_each = local.subjects

  name   = each.key
  role   = aws_iam_role.this[each.key].name
  policy = local.permissions[each.key]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.oidc_issuer}:sub"
      values   = [each.value]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.oidc_issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "worker" {
  statement {
    sid = "TakeWork"
    actions = [
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:ChangeMessageVisibility",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
    ]
    resources = [aws_sqs_queue.this["live"].arn, aws_sqs_queue.this["backlog"].arn]
  }

  # It cannot put work back: a message that is not settled comes again by itself.
  statement {
    sid     = "Announce"
    actions = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
    resources = [
      aws_sqs_queue.this["verdicts"].arn,
      aws_sqs_queue.this["webhook"].arn,
      aws_sqs_queue.this["dead-letters"].arn,
    ]
  }

  # The version that was announced, not the one that somebody has put in its place since.
  statement {
    sid       = "FetchUploads"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${local.bucket_arns.uploads}/*"]
  }

  statement {
    sid       = "KeepWhatWasRead"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [for prefix in local.prefixes : "${local.bucket_arns.store}/${prefix}/*"]
  }

  # Written, never read back.
  statement {
    sid       = "WriteTheAuditTrail"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arns.store}/audit/*"]
  }

  # Without it S3 answers 403 for a key that is not there, and "not there" could not be told from "not allowed".
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = values(local.bucket_arns)
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.vouch.arn]
  }
}

locals {
  prefixes = ["documents", "readings", "verdicts", "sightings", "starts"]
}

data "aws_iam_policy_document" "notify" {
  statement {
    sid = "TakeAnnouncements"
    actions = [
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:ChangeMessageVisibility",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
    ]
    resources = [aws_sqs_queue.this["webhook"].arn]
  }

  # What a receiver will never take is kept, not dropped.
  statement {
    sid       = "GiveUp"
    actions   = ["sqs:GetQueueUrl", "sqs:SendMessage"]
    resources = [aws_sqs_queue.this["dead-letters"].arn]
  }

  statement {
    sid       = "ReadThem"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.vouch.arn]
  }
}

data "aws_iam_policy_document" "keda" {
  statement {
    sid       = "CountMessages"
    actions   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    resources = [aws_sqs_queue.this["live"].arn, aws_sqs_queue.this["backlog"].arn]
  }
}

# For the portal, which is not vouch's to make a role for: attach it to the role that the portal has.
resource "aws_iam_policy" "submitter" {
  name        = "${var.name}-submitter"
  description = "Upload documents and submit them to ${var.name}"
  policy      = data.aws_iam_policy_document.submitter.json
}

data "aws_iam_policy_document" "submitter" {
  statement {
    sid       = "Upload"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arns.uploads}/${var.upload_prefix}*"]
  }

  statement {
    sid       = "Submit"
    actions   = ["sqs:SendMessage", "sqs:GetQueueUrl"]
    resources = [aws_sqs_queue.this["live"].arn, aws_sqs_queue.this["backlog"].arn]
  }

  # Decrypt is for uploads in parts and for sending to an encrypted queue; it opens no object or message by itself.
  statement {
    sid       = "UseTheKey"
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = [aws_kms_key.vouch.arn]
  }
}
