"""Checks everything under deploy/, and the Dockerfile, without a cluster, an account or a network: `make manifests`.

Each check is a function from the repository's root to what is wrong. test_check.py shows of each that it can fail."""

import functools
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import kubernetes_validate
import yaml

import render
import terraform
from contract import METRICS, NEEDED, SCRAPED, SETTINGS

HERE = Path(__file__).parent
TOOLS = Path(sys.executable).parent
OVERLAYS = ("kubernetes", "openshift")
# The oldest and the newest Kubernetes that the manifests are for.
VERSIONS = ("1.29", "1.37")
OPERATORS = ("keda.sh/", "monitoring.coreos.com/")
# A promtool that knows neither Grafana's variables nor its intervals.
GRAFANA = {"$__rate_interval": "5m", "$namespace": "vouch"}


# What the image promises: no user named by a name, group 0, an answer to platforms that ask by a command.
IMAGE = {
    r"USER [1-9]\d*:0": "its last user is not a number other than 0, in group 0",
    r"HEALTHCHECK .*CMD \[\"/usr/bin/vouch\", \"health\"\]": "it does not ask vouch how it is",
}


def dockerfile(root):
    """hadolint, and what the image promises."""
    stage = (root / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    yield from (problem for line, problem in IMAGE.items() if not re.search(f"^{line}$", stage, re.MULTILINE))
    done = subprocess.run([TOOLS / "hadolint", "--ignore", "DL3008", root / "Dockerfile"], capture_output=True, text=True,
                          check=False)
    yield from (done.stdout + done.stderr).splitlines() if done.returncode else ()


def overlays(root):
    """Every overlay builds, is valid to Kubernetes and to the operators, and keeps what we promise of it."""
    for name in ("base", *(f"overlays/{overlay}" for overlay in OVERLAYS)):
        try:
            resources = render.build(root / "deploy/kustomize" / name)
        except render.Refused as error:
            yield f"{name}: {error}"
            continue
        yield from (f"{name}: {problem}" for problem in _valid(resources))
        if name != "base":
            yield from (f"{name}: {problem}" for problem in _promises(resources))


def _valid(resources):
    custom = [resource for resource in resources if resource["apiVersion"].startswith(OPERATORS)]
    yield from _valid_to_operators(json.dumps(custom)) if custom else ()
    for resource in resources:
        if resource not in custom:
            yield from _valid_to_kubernetes(json.dumps(resource))


@functools.cache
def _valid_to_operators(resources):
    done = subprocess.run([TOOLS / "node", HERE / "crds.mjs"], input=resources, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).splitlines()


@functools.cache
def _valid_to_kubernetes(text):
    problems, resource = [], json.loads(text)
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(resource, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            place, name = "/".join(str(step) for step in error.path), resource["metadata"]["name"]
            problems.append(f"{resource['kind']} {name}: {place}: {error.message} (Kubernetes {version})")
    return problems


def _promises(resources):
    text = json.dumps(resources)
    if "set-by-the-overlay" in text:
        yield "something is left open: set-by-the-overlay"
    if re.search(r'"runAs(User|Group)"|"fsGroup"', text):
        yield "a user or group is fixed, which OpenShift refuses"
    by = {(resource["kind"], resource["metadata"]["name"]): resource for resource in resources}
    for (kind, name), resource in by.items():
        if kind != "Namespace" and resource["metadata"].get("namespace") != "vouch":
            yield f"{kind} {name} is in no namespace"
    for (kind, name), deployment in by.items():
        if kind == "Deployment":
            yield from (f"{name}: {problem}" for problem in _deployment(deployment, by))
    pods = [resource["spec"]["template"]["metadata"]["labels"] for resource in resources if resource["kind"] == "Deployment"]
    for (kind, name), resource in by.items():
        if kind in ("PodDisruptionBudget", "PodMonitor"):
            if not any(_selects(resource["spec"]["selector"], labels) for labels in pods):
                yield f"{kind} {name} selects no pod"
    yield from _scaling(by)


def _selects(selector, labels):
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(rule["key"]) in rule["values"] for rule in selector.get("matchExpressions", []))


def _deployment(deployment, by):
    spec, pod = deployment["spec"], deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    if not _selects(spec["selector"], spec["template"]["metadata"]["labels"]):
        yield "does not select its own pods"
    if ("ServiceAccount", pod["serviceAccountName"]) not in by:
        yield "its service account is not there"
    if pod.get("automountServiceAccountToken") is not False or pod.get("enableServiceLinks") is not False:
        yield "gets a token of the cluster, or variables that Kubernetes makes up"
    security = pod.get("securityContext", {}) | container.get("securityContext", {})
    wanted = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}, "allowPrivilegeEscalation": False,
              "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    yield from (f"{key} is not {value}" for key, value in wanted.items() if security.get(key) != value)
    if not {"/tmp", "/data"} <= {mount["mountPath"] for mount in container["volumeMounts"]}:
        yield "/tmp and /data are not both mounted"
    settings = {entry["name"]: entry.get("value") for entry in container.get("env", [])}
    for source in container.get("envFrom", []):
        settings = by["ConfigMap", source["configMapRef"]["name"]]["data"] | settings
    yield from (f"{key} is no setting of vouch" for key in settings if key.startswith("VOUCH_") and key not in SETTINGS)
    [command] = container["args"]
    yield from (f"vouch {command} needs {key}" for key in sorted(NEEDED[command] - set(settings)))
    if int(settings["VOUCH_GRACE"]) + 10 > pod["terminationGracePeriodSeconds"]:
        yield "is killed before VOUCH_GRACE is over"
    port = int(settings["VOUCH_LISTEN"].rpartition(":")[2])
    if container["ports"] != [{"name": "http", "containerPort": port}]:
        yield "its port is not that of VOUCH_LISTEN"
    regions = set(settings["VOUCH_REGIONS"].split(","))
    used = {settings["AWS_REGION"], *re.findall(r"//sqs\.([a-z0-9-]+)\.", " ".join(filter(None, settings.values())))}
    if not used <= regions:
        yield f"{', '.join(sorted(used - regions))} is not among VOUCH_REGIONS"


def _scaling(by):
    for (kind, name), resource in by.items():
        if kind != "ScaledObject":
            continue
        target = by["Deployment", resource["spec"]["scaleTargetRef"]["name"]]
        if "replicas" in target["spec"]:
            yield f"{name}: the Deployment says how many, and so does KEDA"
        settings = by["ConfigMap", "vouch"]["data"]
        for trigger in resource["spec"]["triggers"]:
            metadata = trigger["metadata"]
            if metadata["queueURLFromEnv"] not in settings:
                yield f"{name}: {metadata['queueURLFromEnv']} is not set"
            if metadata["awsRegion"] != settings["AWS_REGION"]:
                yield f"{name}: the queue is in {settings['AWS_REGION']}"
            if metadata.get("scaleOnInFlight") != "true":
                yield f"{name}: would take workers away while they work"
            if ("TriggerAuthentication", trigger["authenticationRef"]["name"]) not in by:
                yield f"{name}: its authentication is not there"


def kustomize(root):
    """What render.py builds is what kustomize builds. None where there is no kustomize of version 5."""
    tool = _kustomize()
    if tool is None:
        return None
    problems = []
    for name in OVERLAYS:
        done = subprocess.run([*tool, root / "deploy/kustomize/overlays" / name], capture_output=True, text=True, check=False)
        if done.returncode:
            problems.append(done.stderr)
            continue
        # The digest behind the name of a map is kustomize's own.
        text = re.sub(r"(name: vouch)-[a-z0-9]{10}$", r"\1", done.stdout, flags=re.M)
        theirs = sorted(yaml.safe_load_all(text), key=json.dumps)
        ours = sorted(render.build(root / "deploy/kustomize/overlays" / name), key=json.dumps)
        key = lambda resource: (resource["kind"], resource["metadata"]["name"])  # noqa: E731
        ours, theirs = {key(each): each for each in ours}, {key(each): each for each in theirs}
        problems += [f"{name}: {' '.join(each)}: kustomize builds it otherwise than render.py"
                     for each in sorted({*ours, *theirs}) if ours.get(each) != theirs.get(each)]
    return problems


def _kustomize():
    for tool, version, build in (("kustomize", ["version"], ["build"]),
                                 ("kubectl", ["version", "--client"], ["kustomize"])):
        if shutil.which(tool):
            said = subprocess.run([tool, *version], capture_output=True, text=True, check=False).stdout
            if re.search(r"(?m)(^v5\.|Kustomize Version: v5\.)", said):
                return [tool, *build]
    return None


def alerts(root):
    """promtool: the rules are rules, and their tests hold. Each has a test and a section of the runbook."""
    [document] = render.load(root / "deploy/kustomize/components/monitoring/alerts.yaml")
    tests = render.load(root / "deploy/check/alerts.test.yaml")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "alerts.yaml").write_text(yaml.safe_dump(document["spec"]), encoding="utf-8")
        commands = [["check", "rules", "alerts.yaml"]]
        for number, test in enumerate(tests):
            Path(folder, f"{number}.yaml").write_text(yaml.safe_dump(test), encoding="utf-8")
            commands.append(["test", "rules", f"{number}.yaml"])
        for command in commands:
            done = subprocess.run([TOOLS / "promtool", *command], cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode:
                yield done.stdout + done.stderr
    rules = [rule for group in document["spec"]["groups"] for rule in group["rules"]]
    cases = [case for document in tests for test in document["tests"] for case in test["alert_rule_test"]]
    fired = {case["alertname"] for case in cases if case.get("exp_alerts")}
    quiet = {case["alertname"] for case in cases if not case.get("exp_alerts")}
    runbook = (root / "deploy/README.md").read_text(encoding="utf-8")
    for rule in rules:
        yield from _metrics(rule["alert"], rule["expr"])
        if rule["alert"] not in fired or rule["alert"] not in quiet:
            yield f"{rule['alert']}: no test in which it fires, or none in which it does not"
        if f"### {rule['alert']}\n" not in runbook:
            yield f"{rule['alert']}: no section in the runbook of deploy/README.md"
    for name in re.findall(r"^### (Vouch\w+)$", runbook, re.M):
        if name not in {rule["alert"] for rule in rules}:
            yield f"{name}: a section of the runbook, but no alert"


def dashboard(root):
    """Its queries are queries, and use metrics and labels that there are; every metric is shown."""
    content = json.loads((root / "deploy/kustomize/components/monitoring/dashboard.json").read_text(encoding="utf-8"))
    shown = [(panel["title"], target["expr"]) for panel in content["panels"] for target in panel.get("targets", [])]
    rules = []
    for title, expression in shown:
        yield from _metrics(title, expression)
        for variable, value in GRAFANA.items():
            expression = expression.replace(variable, value)
        rules.append({"record": f"panel:{len(rules)}", "expr": expression, "labels": {"title": title}})
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
        file.flush()
        done = subprocess.run([TOOLS / "promtool", "check", "rules", file.name], capture_output=True, text=True, check=False)
        if done.returncode:
            yield done.stdout + done.stderr
    for name in METRICS:
        if not any(name in expression for _, expression in shown):
            yield f"{name} is shown nowhere"


def _metrics(where, expression):
    for name, selector in re.findall(r"\b(vouch_\w+)(?:\{([^}]*)\})?", expression):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        kind, labels = METRICS.get(base) or METRICS.get(name) or (None, {})
        if kind is None or (kind == "histogram") != (base != name):
            yield f"{where}: {name} is no metric of vouch"
            continue
        for label, values in re.findall(r'(\w+)\s*[=!]~?\s*"([^"]*)"', selector):
            known = (labels | SCRAPED).get(label, set())
            if known is not None and not set(values.split("|")) <= known:
                yield f"{where}: {name} has no {label}={values!r}"


def aws(root):
    """Terraform, as far as it goes without its provider."""
    lines = (root / "deploy/kustomize/account/settings.env").read_text(encoding="utf-8").splitlines()
    settings = {line.split("=")[0] for line in lines if "=" in line and not line.startswith("#")} - {"VOUCH_WEBHOOK"}
    return terraform.problems(root / "deploy/terraform", settings)


def catalog(root):
    """What Backstage is told names things that are there."""
    entities = render.load(root / "deploy/catalog-info.yaml")
    there = {(entity["kind"].lower(), entity["metadata"]["name"]) for entity in entities}
    for entity in entities:
        spec = entity["spec"]
        named = {("api", name) for name in spec.get("providesApis", [])}
        named |= {tuple(name.replace("default/", "").split(":")) for name in spec.get("dependsOn", [])}
        yield from (f"{kind} {name} is not in the catalogue" for kind, name in sorted(named - there))
        if "definition" in spec and not (root / "deploy" / spec["definition"]["$text"]).exists():
            yield f"{spec['definition']['$text']} is not there"


CHECKS = (dockerfile, overlays, kustomize, alerts, dashboard, aws, catalog)


def main():
    root = HERE.parent.parent
    failed = False
    for check in CHECKS:
        found = check(root)
        if found is None:
            print("skipped: comparing what is built with kustomize, because there is no kustomize 5 and no kubectl with it")
            continue
        found = list(found)
        failed |= bool(found)
        for problem in found:
            print(f"manifests: {check.__name__}: {problem}")
        if not found:
            print(f"ok: {check.__name__}")
    print("skipped: terraform validate with the AWS provider, which no registry of packages has; arguments, references and "
          "actions were checked instead, types of values and the plan were not")
    sys.exit(failed)


if __name__ == "__main__":
    main()
