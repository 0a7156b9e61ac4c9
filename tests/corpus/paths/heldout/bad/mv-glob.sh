# PTH202@2: a glob moved to a mount
unzip -q x.zip -d /tmp && mv /tmp/x-*/ /scratch/x
