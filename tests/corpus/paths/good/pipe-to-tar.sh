# quiet: a stream between two tars
tar -C /tmp/stage -cf - . | tar -C /opt/x -xf -
curl -fsSL https://example.org/x.tar.gz | tar -xz -C /opt/x
