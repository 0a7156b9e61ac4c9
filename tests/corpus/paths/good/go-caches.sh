# quiet: Go's caches
GOPATH=/tmp/go GOCACHE=/tmp/gocache GOBIN=/usr/local/bin go install github.com/e/x@v1.0.0
