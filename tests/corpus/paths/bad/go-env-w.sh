# PTH202@2: go env -w
go env -w GOBIN=/home/go/bin
go install ./cmd/tool
