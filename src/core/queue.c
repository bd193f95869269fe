/* A queue between tasks: see queue.h. */
#include "core/queue.h"

#include <errno.h>
#include <stddef.h>

#include "core/waiter.h"
#include "util/err.h"

void nb_queue_init(struct nb_queue *queue, uint64_t max)
{
    *queue = (struct nb_queue){.head = 1, .tail = 1, .max = max};
    nb_list_init(&queue->getters);
    nb_list_init(&queue->putters);
    nb_list_init(&queue->joiners);
}

/* Room has come: the first putter that still waits may try again. */
static void wake_putter(struct nb_queue *queue)
{
    struct nb_waiter *putter = nb_waiter_first(&queue->putters);
    if (putter != NULL && !nb_queue_is_full(queue))
        nb_waiter_complete(putter, 0);
}

/* True if nobody before `waiter` waits, or was woken and is to try again. */
static bool is_next(const struct nb_waiter *waiter, const struct nb_list *queue)
{
    for (struct nb_list *link = queue->next;
         link != queue && link != &waiter->link; link = link->next) {
        if (NB_CONTAINER_OF(link, struct nb_waiter, link)->status >= 0)
            return false;
    }
    return true;
}

int nb_queue_may_put(const struct nb_queue *queue,
                     const struct nb_waiter *waiter)
{
    if (queue->closed)
        return -EPIPE;
    if (nb_queue_is_full(queue) || !is_next(waiter, &queue->putters))
        return NB_WANT_READ;
    return 0;
}

void nb_queue_put(struct nb_queue *queue)
{
    struct nb_waiter *getter = nb_waiter_complete_first(&queue->getters, 0);

    queue->tail++;
    queue->unfinished++;
    if (getter != NULL)
        getter->granted = queue->head++;
    wake_putter(queue);
}

int nb_queue_get(struct nb_queue *queue, uint64_t *number)
{
    if (queue->head == queue->tail)
        return queue->closed ? NB_EOF : NB_WANT_READ;
    *number = queue->head++;
    wake_putter(queue);
    return 0;
}

int nb_queue_task_done(struct nb_queue *queue)
{
    if (queue->unfinished == 0)
        return -ERANGE;
    if (--queue->unfinished == 0)
        nb_waiter_complete_all(&queue->joiners, 0);
    return 0;
}

void nb_queue_close(struct nb_queue *queue)
{
    queue->closed = true;
    nb_waiter_complete_all(&queue->putters, -EPIPE);
    nb_waiter_complete_all(&queue->getters, NB_EOF);
}
