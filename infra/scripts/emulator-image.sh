#!/usr/bin/env bash
# Builds a LocalStack-compatible image from package registries alone: Debian by debootstrap, the pinned emulator by pip. For
# machines that cannot pull LocalStack's own image. Idempotent: an image of the same contents is not built again.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

IMAGE=fanin-emulator
LIST=infra/scripts/tools/aws-emulator.txt
TAG="$(cat "$LIST" "$0" | sha256sum | cut -c1-12)"
SUITE=bookworm
PYTHON=3.11 # of that suite

docker image inspect "$IMAGE:$TAG" >/dev/null 2>&1 && { echo "$IMAGE:$TAG"; exit 0; }

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
say "building $IMAGE:$TAG (some minutes, once)" >&2
debootstrap --variant=minbase --include=python3,ca-certificates "$SUITE" "$work/root" >"$work/debootstrap.log" 2>&1 \
  || { tail -5 "$work/debootstrap.log" >&2; die "debootstrap failed: see above"; }
rm -rf "$work"/root/var/cache/apt/* "$work"/root/var/lib/apt/lists/* "$work"/root/usr/share/{doc,man,locale}
"$ROOT/.tools/aws-emulator/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
  --python-version "$PYTHON" --implementation cp --platform "manylinux2014_$(uname -m)" --platform "manylinux_2_28_$(uname -m)" \
  --target "$work/root/opt/emulator" --requirement "$LIST" >&2
cat >"$work/root/opt/start.sh" <<'START'
#!/bin/sh
# LocalStack says "Ready." when it is; so does this.
export PYTHONPATH=/opt/emulator GATEWAY_PORT=4566 BIND_HOST=0.0.0.0
export AWS_ENDPOINT_URL="${AWS_ENDPOINT_URL:-http://127.0.0.1:4566}" AWS_REGION="${AWS_REGION:-us-east-1}"
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
python3 /opt/emulator/bin/ministack &
server=$!
trap 'kill $server' TERM INT
until python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:4566/_localstack/health", timeout=1)' 2>/dev/null; do
  kill -0 $server || exit 1
  sleep 0.2
done
echo "Ready."
wait $server
START
chmod +x "$work/root/opt/start.sh"
tar -C "$work/root" -cf "$work/root.tar" .
printf 'FROM scratch\nADD root.tar /\nEXPOSE 4566\nCMD ["/opt/start.sh"]\n' >"$work/Dockerfile"
docker build --quiet --tag "$IMAGE:$TAG" "$work" >&2
echo "$IMAGE:$TAG"
