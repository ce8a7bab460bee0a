"""From a stream of pictures to a stream of predictions."""
