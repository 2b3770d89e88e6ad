# The steps of .ci/run and tools/nightly: functions step_<name>, sourced at the
# root of the repository.

readonly oldest=go1.26.8 # the Go of go.mod; the oldest that is supported
readonly newest=go1.27.2 # files *_go127.go are beyond what older tools parse

# Tests end when what they wait for has come, however slow the machine is; the ten minutes that the
# go command gives a package are too few for some on one that is busy.
export GOFLAGS="${GOFLAGS-} -timeout=20m"

# Where the tools that the steps build are kept until the end.
bin=$(mktemp -d)
readonly bin
trap 'rm -rf "$bin"' EXIT

new() { GOTOOLCHAIN=$newest "$@"; }
old() { GOTOOLCHAIN=$oldest "$@"; }

# retry runs a command, up to three times if it fails: what it downloads need not come at once.
retry() {
  local pause
  for pause in 10 30; do
    if "$@"; then return; fi
    sleep "$pause"
  done
  "$@"
}

# fetch downloads what the packages and the tests of a module need, if it is not there yet.
fetch() { retry new go -C "$1" list -deps -test ./... >/dev/null; }

# modules prints the directories that have a go.mod, the root first. The Temporal
# server takes minutes to build; tools/nightly does it.
modules() { find . -name go.mod -not -path '*/testdata/*' -not -path './cluster/internal/temporalserver/*' -not -path './.*' | sort | xargs -n 1 dirname | awk '{ print length($0), $0 }' | sort -n | cut -d ' ' -f 2-; }

# run_steps runs steps by name, and ends with what each of them took.
run_steps() {
  local name started times=""
  for name in "$@"; do
    if ! declare -F "step_$name" >/dev/null; then
      echo "there is no step $name; bash $0 -list names those there are"
      exit 2
    fi
    printf '\n== %s\n' "$name"
    started=$SECONDS
    "step_$name"
    times="$times $name=$((SECONDS - started))s"
  done
  printf '\n== done in %d s:%s\n' "$SECONDS" "$times"
}

# build_tool builds a package of the module tools and prints where it is.
build_tool() {
  local name=$1 pkg=$2
  if [ ! -x "$bin/$name" ]; then
    retry new go -C tools build -o "$bin/$name" "$pkg"
  fi
  echo "$bin/$name"
}

step_format() {
  local root unformatted
  root=$(retry new go env GOROOT)
  unformatted=$("$root/bin/gofmt" -l .)
  if [ -n "$unformatted" ]; then
    echo "gofmt would change: $unformatted"
    return 1
  fi
}

step_vet() {
  retry old go version >/dev/null
  old go vet ./...
  local module
  for module in $(modules); do
    fetch "$module"
    new go -C "$module" vet ./...
  done
}

step_staticcheck() {
  local tool module
  tool=$(build_tool staticcheck honnef.co/go/tools/cmd/staticcheck)
  for module in $(modules); do
    (cd "$module" && new "$tool" ./...)
  done
}

# Tests of the library make the mistakes that millracecheck looks for.
step_checker() {
  local tool module
  tool=$(build_tool millracecheck ./millracecheck)
  for module in $(modules); do
    (cd "$module" && new "$tool" -test="$([ "$module" = . ] && echo false || echo true)" ./...)
  done
}

step_api() { new go -C tools run ./apicheck ..; }

step_docs() { new go -C tools run ./doccheck ..; }

# Tests of the tools look at files of the library: those are outside of their module, and the go
# command does not see that they have changed.
step_tools() { new go -C tools test -count=1 ./...; }

# Faults that no longer apply to the code they were written for prove nothing.
step_mutants() { new go -C tools run ./mutate -check ..; }

# The README's test command, and the one that looks for data races.
step_test() { go test -shuffle=on ./...; }

# Random programs over package pool, for longer than its tests do.
step_storm() { go test -run '^TestStorm$' -count=1 ./pool -storm 40s; }

# The same with a look at all that a pool has, at the end of every locked section.
step_invariants() {
  old go vet -tags invariants ./internal/sched
  go test -tags invariants -count=1 ./internal/sched
  go test -tags invariants -run '^(TestModel|TestStorm)$' -count=1 -timeout 120m ./pool -model "${MODEL:-600}" -model.reach "${MODEL_REACH:-0}" -storm "${STORM:-10s}"
}

step_race() { go test -race -shuffle=on ./...; }

step_go127() { new go test -shuffle=on ./...; }

step_procs() {
  local n
  for n in 1 4; do
    GOMAXPROCS=$n old go test -count=1 -shuffle=on ./...
  done
}

# What is inlined is looked at where it was tuned.
step_bits() { GOARCH=386 go test -short -shuffle=on -skip TestEngineIsInlinedInUsersPackages ./...; }

readonly platforms="linux/arm64 linux/riscv64 darwin/arm64 windows/amd64 js/wasm"

# Nothing runs here: an emulator proves nothing about the order of loads and
# stores. The workflows run the tests on real arm64. The modules of clusters are built
# for the other systems that workers run on; tools/nightly builds all for all.
step_cross() {
  local platform module
  for platform in $platforms; do
    echo "$platform"
    GOOS=${platform%/*} GOARCH=${platform#*/} go build ./...
    GOOS=${platform%/*} GOARCH=${platform#*/} go vet ./...
  done
  for module in cluster cluster/jetstream cluster/temporal; do
    for platform in darwin/arm64 windows/amd64; do
      echo "$module $platform"
      GOOS=${platform%/*} GOARCH=${platform#*/} go -C "$module" vet ./...
    done
  done
}

step_again() { go test -short -count=5 -shuffle=on ./future ./internal/... ./stream; }

# The random programs over the pool and over streams have most to find.
fuzz_time() {
  case $1 in
  FuzzPool | FuzzStream) echo "${FUZZTIME_PROGRAMS:-10s}" ;;
  *) echo "${FUZZTIME:-7s}" ;;
  esac
}

# Each fuzz target has its turn. What it finds is reported and does not fail the
# run: it looks at new programs each time, and a change must not be held up by what
# it did not cause. The seeds and the saved corpora, which do fail it, are part of
# the tests. Finds go to fuzz-finds/: put into testdata/fuzz/<target> of the package
# they are part of the tests, too.
step_fuzz() {
  local file dir module target found
  for file in $(grep -rl --include='*_test.go' '^func Fuzz' . | grep -v /testdata/ | sort); do
    dir=$(dirname "$file")
    module=$dir
    while [ ! -f "$module/go.mod" ]; do module=$(dirname "$module"); done
    for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
      touch "$bin/before"
      if (cd "$dir" && go test . -run '^$' -fuzz "^$target\$" -fuzztime "$(fuzz_time "$target")" -fuzzminimizetime 1x); then
        continue
      fi
      mkdir -p "fuzz-finds/$target"
      found=$(find "$dir/testdata/fuzz/$target" -type f -newer "$bin/before" 2>/dev/null || true)
      if [ -n "$found" ]; then mv $found "fuzz-finds/$target/"; fi
      echo "$target in $dir has found a program to look at: fuzz-finds/$target"
    done
  done
}

install_chromium() { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; }

# step_browser makes sure that there is a browser for the tests of pages. Without
# one they are skipped, which only CI does not allow.
step_browser() {
  if command -v chromium chromium-browser google-chrome >/dev/null; then return; fi
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    retry install_chromium >/dev/null 2>&1 || true
  fi
  if command -v chromium >/dev/null; then return; fi
  echo "There is no Chromium, and it could not be installed: the tests of pages in a browser are skipped."
  [ "${CI-}" != true ]
}

# Every other module of the tree; a module that needs more than a plain test has a
# script of its own.
step_modules() {
  local module
  step_browser
  for module in $(modules); do
    case $module in
    . | ./tools | ./bench | ./examples) continue ;;
    esac
    echo "$module"
    fetch "$module"
    go -C "$module" test -race -shuffle=on ./...
  done
}

# The bench command on as little as shows that everything works.
step_bench() {
  fetch bench
  go -C bench test -count=1 ./... # it reads the README, too
  go -C bench run . -quick >/dev/null
}

# The examples' tests, then what they cover (without a test that gives up the right
# to write the figures), and the README's first command.
step_examples() {
  fetch examples
  go -C examples test ./...
  go -C examples test -cover -skip TestUnreadable ./... | grep -v '^---'
  go -C examples run ./digest "$(go env GOROOT)/src" | tail -n 3
}
