# Rendered by render.py: change the template.

data "docker_registry_image" "risotto" {
  name = "ghcr.io/nxthdr/risotto:main"
}

resource "docker_image" "risotto" {
  name          = data.docker_registry_image.risotto.name
  pull_triggers = [data.docker_registry_image.risotto.sha256_digest]
}

resource "docker_container" "risotto" {
  name         = "risotto"
  image        = docker_image.risotto.image_id
  restart      = "unless-stopped"
  network_mode = "bridge"
  log_driver   = "json-file"
  log_opts = {
    tag = "{{.ImageName}}|{{.Name}}|{{.ImageFullID}}|{{.FullID}}"
  }
  command = [
    "--bmp-address=[::]:4000",
    "--metrics-address=[2a06:de00:50:cafe:10::112]:8080",
    "--kafka-brokers=[2a06:de00:50:cafe:10::103]:9092",
    "--kafka-topic=risotto-updates",
    "--curation-state-path=/data/state.bin",
    "--curation-state-interval=10",
  ]
  networks_advanced {
    name         = "dmz"
    ipv6_address = "2a06:de00:50:cafe:100::c"
  }
  networks_advanced {
    name         = "backend"
    ipv6_address = "2a06:de00:50:cafe:10::112"
  }
  # State file and spool. chown -R 1001:1001 first: the image's user is not root.
  volumes {
    host_path      = "/home/nxthdr/risotto/data"
    container_path = "/data"
  }
}

data "docker_registry_image" "pesto" {
  name = "ghcr.io/nxthdr/pesto:main"
}

resource "docker_image" "pesto" {
  name          = data.docker_registry_image.pesto.name
  pull_triggers = [data.docker_registry_image.pesto.sha256_digest]
}

resource "docker_container" "pesto" {
  name         = "pesto"
  image        = docker_image.pesto.image_id
  restart      = "unless-stopped"
  network_mode = "bridge"
  log_driver   = "json-file"
  log_opts = {
    tag = "{{.ImageName}}|{{.Name}}|{{.ImageFullID}}|{{.FullID}}"
  }
  command = [
    "--sflow-address=[2a06:de00:50:cafe:100::d]:6343",
    "--kafka-brokers=[2a06:de00:50:cafe:10::103]:9092",
    "--kafka-topic=pesto-sflow",
    "--metrics-address=[2a06:de00:50:cafe:10::113]:8080",
  ]
  networks_advanced {
    name         = "dmz"
    ipv6_address = "2a06:de00:50:cafe:100::d"
  }
  networks_advanced {
    name         = "backend"
    ipv6_address = "2a06:de00:50:cafe:10::113"
  }
  # State file and spool. chown -R 1001:1001 first: the image's user is not root.
  volumes {
    host_path      = "/home/nxthdr/pesto/data"
    container_path = "/data"
  }
}

data "docker_registry_image" "saimiris_gateway" {
  name = "ghcr.io/nxthdr/saimiris-gateway:main"
}

resource "docker_image" "saimiris_gateway" {
  name          = data.docker_registry_image.saimiris_gateway.name
  pull_triggers = [data.docker_registry_image.saimiris_gateway.sha256_digest]
}

resource "docker_container" "saimiris_gateway" {
  name         = "saimiris_gateway"
  image        = docker_image.saimiris_gateway.image_id
  restart      = "unless-stopped"
  network_mode = "bridge"
  dns          = ["2a01:4f9:c010:3f02::1", "2a00:1098:2b::1", "2a01:4f8:c2c:123f::1"]
  log_driver   = "json-file"
  log_opts = {
    tag = "{{.ImageName}}|{{.Name}}|{{.ImageFullID}}|{{.FullID}}"
  }
  command = [
    "--address=[2a06:de00:50:cafe:10::114]:8080",
    "--agent-key=${var.saimiris_agent_key}",
    "--kafka-brokers=redpanda.nxthdr.dev:9092",
    "--kafka-topic=saimiris-probes",
    "--kafka-auth-protocol=SASL_PLAINTEXT",
    "--kafka-sasl-username=${var.saimiris_redpanda_username}",
    "--kafka-sasl-password=${var.saimiris_redpanda_password}",
    "--kafka-sasl-mechanism=SCRAM-SHA-512",
    "--auth0-jwks-uri=https://dev-zk3qmxl3o0m8lvk3.eu.auth0.com/.well-known/jwks.json",
    "--auth0-issuer=https://dev-zk3qmxl3o0m8lvk3.eu.auth0.com/",
    "--database-url=postgresql://[2a06:de00:50:cafe:10::116]:5432/saimiris?user=${urlencode(var.saimiris_postgresql_username)}&password=${urlencode(var.saimiris_postgresql_password)}&sslmode=disable",
    "--metrics-address=[2a06:de00:50:cafe:10::114]:9090",
  ]
  networks_advanced {
    name         = "backend"
    ipv6_address = "2a06:de00:50:cafe:10::114"
  }
  # State file and spool. chown -R 1001:1001 first: the image's user is not root.
  volumes {
    host_path      = "/home/nxthdr/saimiris_gateway/data"
    container_path = "/data"
  }
}

