# Where the demo lives. To be sourced from the repository's root.

demo_home=$(realpath -m "${CELLPLANE_HOME:-.cellplane}")
# Members need directories that other users can reach, so they are not below the home; the id keeps
# several homes on one machine apart.
demo_id=$(printf '%s' "$demo_home" | sha256sum | cut -c1-12)
demo_site=/var/lib/cellplane/$demo_id
demo_claims=/var/lib/cellplane/claims
demo_bin=$demo_home/bin
