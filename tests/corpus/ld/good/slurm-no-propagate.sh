# slurm no propagate
echo 'PropagateResourceLimitsExcept=MEMLOCK  # jobs keep LD_LIBRARY_PATH=' >> /etc/slurm/slurm.conf
