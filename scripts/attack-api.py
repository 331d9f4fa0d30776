"""Starts a house with an administrator, a member and an auditor, and lets schemathesis loose on it as each of them."""

import http.cookiejar
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PASSWORD = "a sentence that is long enough"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Signing out and ending sessions would end the walk, and the stream never ends.
LEFT_OUT = ["session_sign_out", "account_end_others", "account_end_session", "account_set_password", "events_stream"]
# May send away whoever asks, by the id that another answer told: each is walked last, by an administrator of its own.
SENDS_AWAY = ["people_recover", "people_change", "people_erase"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(binary: str, schemathesis: str, examples: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{free_port()}"
        env = {
            "PATH": os.environ["PATH"],
            "COUNTERSIGN_SERVER__DATA": f"{folder}/data",
            "COUNTERSIGN_SERVER__PUBLIC_URL": url,
            "COUNTERSIGN_WEB__LISTEN": url.removeprefix("http://"),
            "COUNTERSIGN_SMTP__LISTEN": "",
        }
        log = open(f"{folder}/log", "w+")
        server = subprocess.Popen(
            [binary, "serve", "--local"], env=env, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            return walk(url, server, schemathesis, examples, folder)
        finally:
            server.terminate()
            server.wait()
            log.seek(0)
            for line in log:
                if " ERROR " in line:
                    print(line, end="")


def walk(url: str, server: subprocess.Popen, schemathesis: str, examples: str, folder: str) -> int:
    link = ""
    while "/setup/" not in link:
        link = server.stdout.readline()
        if not link:
            print("the server ended before it printed the setup link")
            return 1
    # Whoever writes to a pipe that nobody reads waits.
    secret = link.strip().rsplit("/", 1)[1]
    form = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD, "zone": "UTC", "people": "many"}
    cookies = {"administrator": enter(url, f"/setup/{secret}", form)}
    for role in ("member", "auditor"):
        form = {"name": role, "email": f"{role}@example.com", "role": role, "levels": ["engineer"] if role == "member" else []}
        added = send(url, "/people", form, cookies["administrator"])
        token = json.loads(added)["invitation"]["link"].rsplit("/", 1)[1]
        cookies[role] = enter(url, f"/invitations/{token}", {"password": PASSWORD, "zone": "UTC"})
    for operation in SENDS_AWAY:
        form = {"name": operation, "email": f"{operation}@example.com", "role": "administrator", "levels": []}
        added = send(url, "/people", form, cookies["administrator"])
        token = json.loads(added)["invitation"]["link"].rsplit("/", 1)[1]
        enter(url, f"/invitations/{token}", {"password": PASSWORD, "zone": "UTC"})
    mail = b"From: no-reply@amazonaws.com\r\nTo: n@example.com\r\nSubject: RDS certificate expires\r\n\r\nrds-ca-2019 expires on August 22, 2024.\r\n"
    request = urllib.request.Request(f"{url}/api/v1/messages", data=mail, headers={"Cookie": cookies["administrator"]})
    urllib.request.urlopen(request).read()
    time.sleep(7)
    failed = []
    # The administrator comes last: they may send the others away.
    for role in ("member", "auditor", "nobody", "administrator"):
        asked = [part for operation in LEFT_OUT + SENDS_AWAY for part in ("--exclude-operation-id", operation)]
        cookie = cookies.get(role, "")
        done = ask(role, url, schemathesis, examples, folder, cookie, asked)
        if not done or not (role == "nobody" or signed_in(url, cookie)):
            failed.append(role)
    for operation in SENDS_AWAY:
        cookie = sign_in(url, f"{operation}@example.com")
        if not ask(operation, url, schemathesis, examples, folder, cookie, ["--include-operation-id", operation]):
            failed.append(operation)
    print(f"failed as: {', '.join(failed)}" if failed else "every answer was one that the document describes")
    return 1 if failed else 0


def ask(role: str, url: str, schemathesis: str, examples: str, folder: str, cookie: str, more: list) -> bool:
    print(f"== as {role}", flush=True)
    command = [schemathesis, "run", f"{url}/api/v1/openapi.json", "--checks", CHECKS, "--no-color",
               "--max-examples", examples, "--seed", "20240822", "--phases", "examples,coverage,fuzzing",
               "--continue-on-failure", "--generation-deterministic", "--suppress-health-check", "all", *more]
    if cookie:
        command += ["--header", f"Cookie: {cookie}"]
    return subprocess.run(command, cwd=folder).returncode == 0


def sign_in(url: str, email: str) -> str:
    """A session that has just been proven; its cookie."""
    return enter(url, "/session", {"email": email, "password": PASSWORD})


def signed_in(url: str, cookie: str) -> bool:
    """Whether the session still holds: a walk that was sent out half way has seen nothing."""
    request = urllib.request.Request(f"{url}/api/v1/session", headers={"Cookie": cookie})
    try:
        return urllib.request.urlopen(request).status == 200
    except urllib.error.HTTPError as refused:
        print(f"the session ended during the walk: {refused}")
        return False


def send(url: str, path: str, form: dict, cookie: str = "") -> bytes:
    headers = {"Content-Type": "application/json", **({"Cookie": cookie} if cookie else {})}
    request = urllib.request.Request(f"{url}/api/v1{path}", data=json.dumps(form).encode(), headers=headers)
    return urllib.request.urlopen(request).read()


def enter(url: str, path: str, form: dict) -> str:
    """Comes in by a one-time link; gives the session's cookie."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    headers = {"Content-Type": "application/json"}
    opener.open(urllib.request.Request(f"{url}/api/v1{path}", data=json.dumps(form).encode(), headers=headers)).read()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
