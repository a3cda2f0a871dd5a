"""The HTTP service and review page: ``run`` starts it, ``app`` is the front, ``worker`` scores in processes of its own."""
