terraform {
  # 1.10 locks its state in S3 by itself. OpenTofu of the same number will do.
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }

  # State holds no secret of vouch, but it says where everything is. Keep it in a bucket of its own; see README.md.
  backend "s3" {}
}

provider "aws" {
  region = var.region
  # Whoever has the credentials of another account at hand changes nothing there.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = var.tags
  }
}
