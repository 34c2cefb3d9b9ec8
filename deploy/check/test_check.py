"""Shows that the checks can fail: breaks one thing after another in a copy, and looks whether the right check says so."""

import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import check

ROOT = check.HERE.parent.parent
KUSTOMIZE = "deploy/kustomize/"
WORKER = KUSTOMIZE + "base/worker.yaml"
SCALING = KUSTOMIZE + "components/keda/scaling.yaml"
ACCOUNT = KUSTOMIZE + "account/kustomization.yaml"
ALERTS = KUSTOMIZE + "components/monitoring/alerts.yaml"
DASHBOARD = KUSTOMIZE + "components/monitoring/dashboard.json"
ROLES = "deploy/terraform/roles.tf"

# (the check that must see it, file, what stands there, what to put in its place, what must be said)
BREAKAGES = [
    (check.dockerfile, "Dockerfile", "WORKDIR /src", "WORKDIR src", "DL3000"),
    (check.dockerfile, "Dockerfile", "USER 65532:0", "USER 0:0", "its last user is"),
    (check.dockerfile, "Dockerfile", "\nHEALTHCHECK", "\n# HEALTHCHECK", "does not ask vouch how it is"),
    (check.overlays, WORKER, "revisionHistoryLimit", "revisionHistoryLimits", "'revisionHistoryLimits' was unexpected"),
    (check.overlays, WORKER, "  replicas: 2\n", "  replicas: two\n", "'two' is not of type"),
    (check.overlays, WORKER, "  replicas: 2\n", "  replicas: 2\n  replicas: 3\n", "stands twice"),
    (check.overlays, WORKER, "  replicas: 2\n", "", "/spec/replicas is not there"),
    (check.overlays, WORKER, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "readOnlyRootFilesystem is not"),
    (check.overlays, WORKER, "runAsNonRoot: true", "runAsNonRoot: true\n        runAsUser: 65532", "a user or group is fixed"),
    (check.overlays, WORKER, "enableServiceLinks: false", "enableServiceLinks: true", "variables that Kubernetes makes up"),
    (check.overlays, WORKER, "terminationGracePeriodSeconds: 40", "terminationGracePeriodSeconds: 30", "before VOUCH_GRACE"),
    (check.overlays, WORKER, "VOUCH_WORKERS", "VOUCH_WORKER", "VOUCH_WORKER is no setting"),
    (check.overlays, WORKER, "args: [work]", "args: [notify]", "vouch notify needs VOUCH_WEBHOOK_SECRET_FILE"),
    (check.overlays, WORKER, "  maxUnavailable: 25%", "  maxUnavailable: 25%\n  minReady: 1", "'minReady' was unexpected"),
    (check.overlays, KUSTOMIZE + "base/network.yaml", "protocol: UDP", "protocols: UDP", "'protocols' was unexpected"),
    (check.overlays, KUSTOMIZE + "account/settings.env", "VOUCH_QUEUE=", "VOUCH_QUEUES=", "vouch work needs VOUCH_QUEUE"),
    (check.overlays, KUSTOMIZE + "account/settings.env", "VOUCH_REGIONS=us-west-2", "VOUCH_REGIONS=us-east-1", "not among"),
    (check.overlays, ACCOUNT, "path: /spec/triggers/1/", "path: /spec/triggers/2/", "is not there"),
    (check.overlays, ACCOUNT, "        path: /spec/podIdentity/roleArn", "        path: /spec/podIdentity/provider", "left open"),
    (check.overlays, SCALING, "minReplicaCount:", "minReplicasCount:", "minReplicasCount"),
    (check.overlays, SCALING, 'queueLength: "10"', "queueLength: 10", "must be string"),
    (check.overlays, SCALING, 'scaleOnInFlight: "true"', 'scaleOnInFlight: "false"', "while they work"),
    (check.overlays, KUSTOMIZE + "components/monitoring/scrape.yaml", "interval: 30s", "intervals: 30s", "intervals"),
    (check.overlays, KUSTOMIZE + "components/monitoring/scrape.yaml", "interval: 30s", "interval: often", "must match pattern"),
    (check.overlays, KUSTOMIZE + "components/monitoring/scrape.yaml", "vouch-worker, vouch-notify", "vouch", "selects no pod"),
    (check.alerts, ALERTS, "> 0.02", "> 0.02)", "unexpected right parenthesis"),
    (check.alerts, ALERTS, "> 0.02", "> 0.2", "VouchLeasesLost"),
    (check.alerts, ALERTS, "vouch_breaker_open)", "vouch_breakers_open)", "vouch_breakers_open is no metric"),
    (check.alerts, ALERTS, 'ending="given_up"', 'ending="gave_up"', "has no ending='gave_up'"),
    (check.alerts, ALERTS, "alert: VouchStalled", "alert: VouchHangs", "VouchHangs: no test"),
    (check.alerts, "deploy/README.md", "### VouchStalled\n", "### Stalled\n", "VouchStalled: no section"),
    (check.dashboard, DASHBOARD, "sum(vouch_breaker_open", "sum(vouch_breaker_closed", "vouch_breaker_closed is no metric"),
    (check.dashboard, DASHBOARD, "sum by (step) (", "sum by (step) ((", "unclosed left parenthesis"),
    (check.aws, ROLES, '"sqs:DeleteMessage"', '"sqs:RemoveMessage"', "sqs:RemoveMessage is no action"),
    (check.aws, ROLES, 'actions   = ["s3:PutObject"]', 'actions   = ["s3:*"]', "allows s3:*"),
    (check.aws, ROLES, 'aws_sqs_queue.this["backlog"]', 'aws_sqs_queue.this["backlogs"]', "has no 'backlogs'"),
    (check.aws, ROLES, "data.aws_iam_policy_document.keda.json", "data.aws_iam_policy_document.keda.text", "has no text"),
    (check.aws, ROLES, "var.oidc_provider_arn]", "var.oidc_arn]", "var.oidc_arn is not declared"),
    (check.aws, "deploy/terraform/queues.tf", "visibility_timeout_seconds =", "visibility_timeout =", "is no argument"),
    (check.aws, "deploy/terraform/queues.tf", "receive_wait_time_seconds  = 20", 'redrive_policy = ""', "redrive"),
    (check.aws, "deploy/terraform/queues.tf", "  queue_url = aws_sqs_queue.this[each.key].url\n", "", "queue_url is missing"),
    (check.aws, "deploy/terraform/buckets.tf", '"s3:if-none-match"', '"s3:if-no-match"', "no condition key"),
    (check.aws, "deploy/terraform/kms.tf", "enable_key_rotation     =", "enable_key_rotation =", "terraform fmt"),
    (check.aws, "deploy/terraform/kms.tf", "resource \"aws_kms_alias\"", "resourcee \"aws_kms_alias\"", "Unsupported block type"),
    (check.aws, "deploy/terraform/outputs.tf", "VOUCH_BUCKET=", "VOUCH_STORE=", "do not agree on VOUCH_STORE"),
    (check.catalog, "deploy/catalog-info.yaml", "providesApis: [vouch-messages]", "providesApis: [vouch]", "api vouch is not in"),
]


def missed(look, file, there, instead, said):
    """What to say if the check does not see it; None if it does."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "deploy", copy / "deploy", ignore=shutil.ignore_patterns("node_modules", ".terraform"))
        shutil.copy(ROOT / "Dockerfile", copy)
        whole = (copy / file).read_text(encoding="utf-8")
        if there not in whole:
            return f"{file} has no {there!r} to break"
        (copy / file).write_text(whole.replace(there, instead), encoding="utf-8")
        problems = list(look(copy) or [])
    if any(said in problem for problem in problems):
        return None
    return f"{file}: {instead!r} is not seen by {look.__name__}, which says: {problems}"


def main():
    # Most of the time is spent in other processes.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = [miss for miss in threads.map(lambda breakage: missed(*breakage), BREAKAGES) if miss]
    for miss in found:
        print(f"manifests: {miss}")
    if not found:
        print(f"ok: {len(BREAKAGES)} breakages, each seen")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
