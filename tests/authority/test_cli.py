import json
import subprocess
import sys
from pathlib import Path

from cryptography import x509

from tests.authority.network import CLAIM_TYPE, QUESTION, new_key, request_of

PDX = str(Path(sys.executable).parent / "pdx")


def pdx(directory: Path, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [PDX, "authority", *map(str, arguments), "--directory", str(directory)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    return result


def names(name: str) -> tuple[str, ...]:
    return ("--name-en", name, "--name-cy", f"{name} yn Gymraeg")


def test_a_network_by_hand(tmp_path: Path) -> None:
    directory, out = tmp_path / "authority", tmp_path / "out"
    for name, organisation in (
        ("claims", "PDXGB-dwp"),
        ("status", "PDXGB-dwp"),
        ("requests", "PDXGB-blue-badge"),
    ):
        (tmp_path / f"{name}.csr").write_bytes(request_of(new_key(), organisation))
    (tmp_path / "claim.yaml").write_text(json.dumps(CLAIM_TYPE))  # JSON is YAML
    (tmp_path / "question.yaml").write_text(json.dumps(QUESTION))
    pdx(directory, "init", "--name", "Authority", "--base-url", "http://localhost:8400", "--demo")
    department = (
        "admit",
        "department",
        "--id",
        "dwp",
        *names("Department"),
        "--url",
        "http://localhost:8401",
    )
    keys = ("--csr", tmp_path / "claims.csr", "--status-csr", tmp_path / "status.csr")
    chain = pdx(directory, *department, *keys, "--claim", tmp_path / "claim.yaml", "--out", out).stdout
    assert len(x509.load_pem_x509_certificates(chain.encode())) == 2
    assert (out / "claim-signing.pem").read_text() == chain
    service = ("admit", "service", "--id", "blue-badge", *names("Service"), "--url", "http://localhost:8411")
    request = ("--csr", tmp_path / "requests.csr", "--question", tmp_path / "question.yaml")
    pdx(directory, *service, *request, "--out", out)
    wallet = ("--id", "w", *names("Wallet"), "--url", "http://localhost:8420")
    pdx(directory, "admit", "wallet-provider", *wallet)
    assert "trust list 1" in pdx(directory, "publish").stderr
    assert "trust list 8" in pdx(directory, "publish", "--after", "7").stderr
    assert pdx(directory, "renew").stderr.strip() == "Nothing was due."
    pdx(directory, "suspend", "service", "blue-badge", "--reason", "It kept answers too long.")
    assert "service\tblue-badge\tsuspended" in pdx(directory, "list").stdout
    assert "Missing option" in pdx(directory, "reinstate", "service", "blue-badge", code=2).stderr
    public = sorted(
        str(path.relative_to(directory / "public"))
        for path in (directory / "public").rglob("*.*")
        if path.is_file() and not {"register", "parts"} & {*path.parts}
    )
    assert public == [
        "ca/issuing.pem",
        "ca/root.pem",
        "registrations/blue-badge/blue-badge.jwt",
        "trust-list-head.jwt",
        "trust-list.jwt",
        "types/dwp.pip-moving-around-8.1.json",
    ]
    assert sorted(path.name for path in out.iterdir()) == [
        "blue-badge.jwt",
        "claim-signing.pem",
        "request-signing.pem",
        "status-signing.pem",
    ]


def test_what_is_wrong_is_one_clear_line_each(tmp_path: Path) -> None:
    directory = tmp_path / "authority"
    result = pdx(directory, "init", "--name", "A", "--base-url", "http://a.example", code=1)
    assert "base_url must begin with https://" in result.stderr
    pdx(directory, "init", "--name", "A", "--base-url", "https://a.example")
    (tmp_path / "claim.yaml").write_text("id: pip\nversoin: 1\n")
    (tmp_path / "x.csr").write_text("x")
    arguments = ("--id", "dwp", "--name-en", "A", "--name-cy", "B", "--url", "https://d.example")
    csr = ("--csr", tmp_path / "x.csr")
    result = pdx(
        directory, "admit", "department", *arguments, *csr, "--claim", tmp_path / "claim.yaml", code=1
    )
    assert f'{tmp_path}/claim.yaml:2: "versoin" is not a known key; did you mean "version"?' in result.stderr
    result = pdx(directory, "admit", "department", *arguments, *csr, code=1)
    assert result.stderr == "a certification request can't be read\n"
    result = pdx(directory, "admit", "department", *arguments, "--csr", tmp_path / "none.csr", code=1)
    assert result.stderr == f"{tmp_path}/none.csr can't be read: No such file or directory\n"


def test_the_log_is_audited_by_hand(tmp_path: Path) -> None:
    directory, kept = tmp_path / "authority", tmp_path / "kept"
    pdx(directory, "init", "--name", "Authority", "--base-url", "https://a.example")
    pdx(directory, "publish")
    log = [PDX, "authority", "log"]
    source = [str(directory / "public"), "--root", str(directory / "public" / "ca" / "root.pem")]

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [*log, *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert result.returncode == code, result.stderr
        return result

    said = run("verify", *source, "--keep", str(kept)).stdout
    assert said.startswith("The log a.example/log is whole: 5 entries.")
    pdx(directory, "publish")
    assert "only grew" in run("verify", *source, "--since", str(kept)).stdout
    assert run("show", *source).stdout.splitlines()[-1].startswith("5\ttrust-list\t{")
    kept.write_text(kept.read_text().replace("\n5\n", "\n4\n"))
    forged = run("verify", *source, "--since", str(kept), code=1)
    assert forged.stderr == "the log is not right: the signature does not verify\n"
    missing = run("verify", str(tmp_path / "nothing"), *source[1:], code=1)
    assert missing.stderr == f"{tmp_path}/nothing/trust-list.jwt can't be read: No such file or directory\n"
