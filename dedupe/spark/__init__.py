"""The verbs of the package on Apache Spark: the same kernels on the same numbers, partition by partition."""
