"""The host: a name that does not resolve, a certificate that cannot be trusted, nobody there: nothing is sent."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from cli.harness import KEY, PATIENCE_S, Program, numbers, write_csv
from faults.faulty_server import Peer, serving
from faults.secrets import canary_in

from batch.errors import Exit

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")


#: What Python from 3.13 on wants of a certificate (VERIFY_X509_STRICT).
STRICT = "authorityKeyIdentifier=keyid:always\nsubjectKeyIdentifier=hash\nbasicConstraints=CA:FALSE\n"


class Certified(NamedTuple):
    """A certificate with its key in one file, and the authority that signed it."""

    chain: Path
    authority: Path


def certified(folder: Path, name: str, *, subject: str, days: tuple[str, str] | None = None) -> Certified:
    """A server certificate for `subject`; `days` are its first and last (YYYYMMDDHHMMSSZ), else it holds today."""
    folder = folder / name
    folder.mkdir()

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    extensions = f"subjectAltName={subject}\n{STRICT}"
    (folder / "ext").write_text(extensions)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca",
            "-days", "2", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "s.key", "-out", "s.csr", "-subj", "/CN=server")
    if days is None:
        openssl("x509", "-req", "-in", "s.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "s.pem",
                "-days", "2", "-extfile", "ext")  # fmt: skip
    else:
        (folder / "index").touch()
        (folder / "serial").write_text("01\n")
        (folder / "c").write_text(
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n"
            f"x509_extensions=e\n[p]\ncommonName=supplied\n[e]\n{extensions}"
        )
        openssl("ca", "-batch", "-config", "c", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", "s.csr", "-out",
                "s.pem", "-startdate", days[0], "-enddate", days[1])  # fmt: skip
    chain = folder / "chain.pem"
    chain.write_text((folder / "s.key").read_text() + (folder / "s.pem").read_text())
    return Certified(chain, folder / "ca.pem")


def context_of(made: Certified) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain)
    return context


class Case(NamedTuple):
    """An address, what the program trusts, and words that its refusal must hold."""

    url: str
    authority: Path | None
    words: tuple[str, ...]
    peer: Peer | None = None


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Case]]:
    """Every host that cannot be used, and one that can."""
    folder = tmp_path_factory.mktemp("hosts")
    old = certified(folder, "expired", subject="IP:127.0.0.1", days=("20200101000000Z", "20200201000000Z"))
    other = certified(folder, "other", subject="DNS:somebody.example")
    good = certified(folder, "good", subject="IP:127.0.0.1")
    with ExitStack() as stack:
        peers = {made: stack.enter_context(serving(tls=context_of(made))) for made in (old, other, good)}
        with socket.create_server(("127.0.0.1", 0)) as free:
            nobody = free.getsockname()[1]
        yield {
            "expired": Case(peers[old].url, old.authority, ("certificate has expired", "clock"), peers[old]),
            "wrong host": Case(peers[other].url, other.authority, ("mismatch", "check the address"), peers[other]),
            "unknown authority": Case(peers[good].url, None, ("local issuer", "SSL_CERT_FILE"), peers[good]),
            "no such name": Case("https://no-such-host.invalid", None, ("could not be reached",)),
            "nobody there": Case(f"http://127.0.0.1:{nobody}", None, ("could not be reached",)),
            "trusted": Case(peers[good].url, good.authority, (), peers[good]),
        }


@needs_openssl
def test_hosts_that_cannot_be_trusted_or_found_get_nothing(cases: dict[str, Case], tmp_path: Path) -> None:
    """Expired, of another host, signed by nobody known, no such name, nobody there: a clear error, and no request."""
    started = {}
    for name, case in cases.items():
        (tmp_path / name).mkdir()
        program = Program(tmp_path / name)
        write_csv(program.folder / "in.csv", ["Phone"], [[numbers(1)[0]]])
        env = {} if case.authority is None else {"SSL_CERT_FILE": str(case.authority)}
        arguments = ("update", "in.csv", "--status", "DNC", "--base-url", case.url, "--yes")
        started[name] = program.start(*arguments, env=env, hurry=50)
    for name, case in cases.items():
        out, err = started[name].communicate(timeout=PATIENCE_S)
        if name == "trusted":
            assert started[name].returncode == Exit.OK, err
            assert case.peer is not None and sum(case.peer.effects.values()) == 1
            continue
        assert started[name].returncode not in (Exit.OK, Exit.SOME_ROWS, Exit.BROKEN), (name, err)
        assert all(word in err for word in case.words), (name, err)
        assert "Nothing was sent" in err and "Traceback" not in err, (name, err)
        assert canary_in(tmp_path / name, KEY) == [] and KEY not in out + err
        if case.peer is not None and name != "unknown authority":
            assert case.peer.heard == [], "nothing may reach a host that is not who it says"


def test_plain_http_goes_to_this_machine_only(program: Program) -> None:
    """The key never leaves unencrypted: an http address elsewhere is refused before anything is looked up."""
    write_csv(program.folder / "in.csv", ["Phone"], [[numbers(1)[0]]])
    ended = program("update", "in.csv", "--status", "DNC", "--base-url", "http://api.guayaba.example", "--yes")
    assert ended.code == Exit.USAGE
    assert "https" in ended.err
