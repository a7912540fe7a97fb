# shellcheck shell=bash
# What ./aico, ./test and .ci/run need from the machine. Sourced, never run.
#
# Nothing is installed that is already there. Everything said here goes to stderr, so that the output of a
# command stays clean.

say() { printf '%s\n' "$*" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

# Makes cargo reachable when only the login shell knows where it is.
find_cargo() {
    have cargo && return 0
    if [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
        PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
        export PATH
        return 0
    fi
    say "cargo was not found. Install Rust first: https://rustup.rs"
    return 1
}

# Installs Debian packages: as root, or through sudo. Refreshes the package lists once.
apt_install() {
    local as_root=()
    if ! have apt-get; then
        say "missing: $*. There is no apt-get here; install them with this system's package manager."
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! have sudo; then
            say "missing: $*. Install them as root: apt-get install $*"
            return 1
        fi
        as_root=(sudo)
    fi
    say "installing $* ..."
    if [ -z "${apt_updated:-}" ]; then
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || return 1
        apt_updated=1
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >&2
}

# A C compiler: SQLite, LMDB and the TLS library are compiled from source.
need_compiler() {
    have cc || apt_install build-essential
}

# Where Debian keeps the server programs; they are not on PATH there.
have_postgres() {
    local program
    have postgres && have initdb && return 0
    for program in /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$program" ] && [ -x "${program%initdb}postgres" ] && return 0
    done
    return 1
}

# The PostgreSQL server programs. The tests start a cluster of their own in a temporary folder, so the server that
# the package would start by itself is not wanted.
need_postgres() {
    have_postgres && return 0
    apt_install postgresql
}

# Node runs the checks of the GraphQL transport and the browser application.
need_node() {
    have node && have npm && return 0
    apt_install nodejs npm
}

# A browser without a screen, for the tests of the window.
need_chromium() {
    local path
    for path in "${AICO_CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
        [ -n "$path" ] && [ -x "$path" ] && return 0
    done
    apt_install chromium
}

# The test runner. Without it the tests run under plain `cargo test`.
need_nextest() {
    cargo nextest --version >/dev/null 2>&1 && return 0
    say "installing the test runner cargo-nextest (once, a few minutes) ..."
    cargo install --locked --quiet cargo-nextest >&2 && return 0
    say "cargo-nextest could not be installed; using cargo test instead."
    return 1
}
