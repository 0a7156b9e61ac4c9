# PTH202@2: unzip of Java tools
wget -q https://example.org/nextflow.zip -O /tmp/n.zip && unzip -qo /tmp/n.zip -d /home/nextflow && rm /tmp/n.zip
