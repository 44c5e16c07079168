# shellcheck shell=bash
# The backend 'existing': a cluster that is not ours. Only with WA_CLUSTER=existing; a KUBECONFIG alone is no consent.
# Nothing is created or removed here, and no node is touched.

existing_kubeconfig() { printf '%s\n' "${KUBECONFIG:-$HOME/.kube/config}"; }
existing_audit() { die "there is no audit log of an existing cluster to read" "Tests that need it are skipped with WA_CLUSTER=existing."; }

existing_up() {
  ensure_kubectl
  say "using the existing cluster of context $("$WA_BIN/kubectl" config current-context) ($(existing_kubeconfig)); its namespaces:"
  "$WA_BIN/kubectl" get namespaces >&2 || die "the existing cluster does not answer" "Check KUBECONFIG and the current context."
}

existing_down() { say "an existing cluster stays as it is"; }
existing_status() { existing_up; }

# existing_load TAR...: pushes each image to WA_REGISTRY under its own name.
existing_load() {
  local tar name
  [ -n "${WA_REGISTRY:-}" ] || die "WA_REGISTRY is not set" "With WA_CLUSTER=existing images go to a registry that the cluster can pull from: WA_REGISTRY=registry.example.org/team."
  for tar; do
    while read -r name; do
      say "pushing $WA_REGISTRY/$name"
      if docker info >/dev/null 2>&1; then
        docker load -q -i "$tar" >/dev/null
        docker tag "$name" "$WA_REGISTRY/$name"
        docker push -q "$WA_REGISTRY/$name" >&2 || not_pushed "$name"
      else
        need_packages "pushing images" skopeo
        skopeo copy -q "docker-archive:$tar:$name" "docker://$WA_REGISTRY/$name" || not_pushed "$name"
      fi
    done < <(image_names "$tar")
  done
}

not_pushed() { die "$1 could not be pushed to $WA_REGISTRY" "Does the registry answer with TLS, and are you logged in (docker login, skopeo login)?"; }

image_names() { # TAR
  tar -xOf "$1" manifest.json | grep -o '"RepoTags": *\[[^]]*\]' | sed 's/^[^[]*//' | grep -o '"[^"]*"' | tr -d '"' | sed 's#^docker.io/##; s#^library/##'
}

existing_no_faults() { die "an existing cluster's nodes are not ours to break" "Node faults need WA_CLUSTER=native or k3d."; }
existing_node_kill() { existing_no_faults; }
existing_node_start() { existing_no_faults; }
existing_node_exec() { existing_no_faults; }
existing_unplug() { existing_no_faults; }
existing_plug() { existing_no_faults; }
