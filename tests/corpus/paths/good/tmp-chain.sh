# quiet: built in /tmp with a helper there, all removed
cd /tmp && git clone https://example.org/h && cd h && make install PREFIX=/tmp/h/out && cp out/bin/h /usr/local/bin && rm -rf /tmp/h
