# quiet: a configuration that names the site's file systems
echo "scratch_dir = /scratch/tool" > /opt/tool/etc/tool.conf
printf 'workdir: /global/cscratch\n' >> /opt/tool/etc/tool.yaml
