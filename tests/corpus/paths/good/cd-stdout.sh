# quiet: - is no file
cd /home/x && wget -qO- https://example.org/k | apt-key add - && curl -sS -o - https://example.org/
