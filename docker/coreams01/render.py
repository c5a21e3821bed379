#!/usr/bin/env python3
"""Renders the Terraform files of one host: render.py HOST [--secrets FILE] [--vault-password-file FILE] [--out DIR]

Reads inventory.yml, the secrets (encrypted by ansible-vault) and templates/*.tf.j2; writes DIR/HOST/*.tf and terraform.tfvars.json,
which holds the secrets in clear text and is readable by its owner only. Needs Debian's ansible-core, python3-jinja2 and python3-yaml.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

import jinja2
import yaml

HERE = pathlib.Path(__file__).resolve().parent


def fail(message):
    sys.exit(f"render.py: {message}")


def host_variables(host):
    """The variables of all hosts, of the host's group, and its own; later ones win."""
    inventory = yaml.safe_load((HERE / "inventory.yml").read_text())["all"]
    for group in inventory["children"].values():
        if host in group["hosts"]:
            return {**inventory.get("vars", {}), **group.get("vars", {}), **(group["hosts"][host] or {})}
    fail(f"{host} is no host of inventory.yml")


def secrets(path, password_file):
    """The secrets in clear text: all that secrets.example.yml names, and no others."""
    if not path.read_text().startswith("$ANSIBLE_VAULT;"):
        fail(f"{path} is not encrypted: ansible-vault encrypt {path}")
    password = ["--vault-password-file", password_file] if password_file else ["--ask-vault-pass"]
    view = subprocess.run(["ansible-vault", "view", *password, str(path)], stdout=subprocess.PIPE, text=True)
    if view.returncode != 0:
        fail(f"{path} cannot be decrypted: see above")
    values = yaml.safe_load(view.stdout)
    expected = yaml.safe_load((HERE / "secrets.example.yml").read_text())
    for name in sorted(expected.keys() ^ values.keys()):
        fail(f"{path}: {name} is {'missing' if name in expected else 'not one of those in secrets.example.yml'}")
    for name in expected:
        if not isinstance(values[name], str) or not values[name]:
            fail(f"{path}: {name} is empty, or no text")
    return values


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("host")
    parser.add_argument("--secrets", type=pathlib.Path, default=HERE / "secrets.yml")
    parser.add_argument("--vault-password-file")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / ".rendered")
    arguments = parser.parse_args()
    if not arguments.secrets.exists():
        fail(f"{arguments.secrets} is not there: copy secrets.example.yml, fill it in and encrypt it")

    variables = host_variables(arguments.host)
    values = secrets(arguments.secrets, arguments.vault_password_file)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    folder = arguments.out / arguments.host
    folder.mkdir(parents=True, exist_ok=True)
    for name in environment.list_templates():
        target = folder / name.removesuffix(".j2")
        if name == "networks.tf.j2" and not variables["manage_networks"]:
            target.unlink(missing_ok=True)
            continue
        target.write_text(environment.get_template(name).render(**variables, secrets=list(values)))
    tfvars = folder / "terraform.tfvars.json"
    descriptor = os.open(tfvars, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(values, file, indent=2)
    print(folder)


main()
