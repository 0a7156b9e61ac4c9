# quiet: Go's path as a cache, GOBIN elsewhere
export GOPATH=/home/go GOBIN=/usr/local/bin
go install ./cmd/x
