# shellcheck shell=bash
# What every script of ours begins with: set HACK to the folder hack/ and source this.
# shellcheck source=log.sh
. "$HACK/lib/log.sh"
# shellcheck source=cache.sh
. "$HACK/lib/cache.sh"
# shellcheck source=packages.sh
. "$HACK/lib/packages.sh"
# shellcheck source=kubectl.sh
. "$HACK/lib/kubectl.sh"
# shellcheck source=image.sh
. "$HACK/lib/image.sh"
# shellcheck source=compile.sh
. "$HACK/lib/compile.sh"
