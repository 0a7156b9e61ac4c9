# quiet: conda with its packages in /tmp
conda create -y -p /opt/e --file /home/spec.txt && conda clean -afy
