"""When a program ends: who keeps it alive, and what runs at its end."""
from cli import check, check_words, ran, ran_script, run


def main_ends_and_threads_go_on():
    check(ran_script("""
        for i = 1, 3 do
          thread.spawn(function()
            timer.sleep(i / 1000)
            print("thread " .. i)
          end)
        end
        print("main")"""),
          out="main\nthread 1\nthread 2\nthread 3\n")


def threads_of_threads_keep_it_alive():
    check(ran("-e", """
        thread.spawn(function()
          thread.spawn(function() timer.sleep(0.005) print("child") end)
          print("parent")
        end)"""), out="parent\nchild\n")


def armed_timer_keeps_it_alive():
    check(ran("-e", "timer.after(0.01, print, 'timer') print('main')"),
          out="main\ntimer\n")


def cancelled_timer_does_not():
    check(ran("-e", "timer.after(1000, print):cancel() "
              "timer.every(1000, print):cancel()"))


def repeating_timer_does_until_it_is_cancelled():
    check(ran("-e", """
        local n, tm = 0
        tm = timer.every(0.001, function()
          n = n + 1
          print(n)
          if n == 3 then tm:cancel() end
        end)"""), out="1\n2\n3\n")


def daemon_does_not_keep_it_alive():
    check(ran("-e", "thread.spawn({daemon = true}, timer.sleep, math.huge) "
              "thread.spawn({daemon = true}, function() "
              "while true do timer.sleep(0) end end) timer.sleep(0.005)"))


def timer_of_a_daemon_does_not_either():
    check(ran("-e", "thread.spawn({daemon = true}, function() "
              "timer.after(1000, print) timer.every(1000, print) end) "
              "thread.yield()"))


def thread_of_a_daemon_is_a_daemon():
    check(ran("-e", "thread.spawn({daemon = true}, function() "
              "thread.spawn(timer.sleep, math.huge) end) timer.sleep(0)"))


def thread_of_a_daemons_timer_is_a_daemon():
    check(ran("-e", "thread.spawn({daemon = true}, function() "
              "timer.after(0, timer.sleep, math.huge) end) "
              "timer.sleep(0.005)"))


def daemons_at_a_condition_end_though_nobody_releases_its_lock():
    check(ran_script("""
        local condition = thread.condition()
        for i = 1, 3 do
          thread.spawn({ daemon = true }, function()
            condition:acquire()
            local _ <close> = setmetatable({}, {
              __close = function(_, err) print(i, err.code) end,
            })
            condition:wait()
          end)
        end
        thread.yield()
        print("main ends")"""),
          out="main ends\n1\tECANCELED\n2\tECANCELED\n3\tECANCELED\n")


def daemon_whose_lock_is_given_away_at_the_end_is_not_to_blame():
    """The first waits for a lock of the second, which waits for one that its
    owner has left behind."""
    check(ran_script("""
        local mine, lost = thread.condition(thread.lock()), thread.condition()
        thread.spawn({ daemon = true }, function()
          local _ <close> = mine:hold()
          mine:wait()
        end)
        thread.spawn({ daemon = true }, function()
          local _ <close> = lost:hold()
          local _ <close> = mine:hold()
          lost:wait()
        end)
        thread.spawn(function() lost:acquire() end)
        thread.yield()
        print("main ends")"""), out="main ends\n")


def closing_variables_of_daemons_run():
    check(ran_script("""
        local function serve(name)
          local _ <close> = setmetatable({}, {
            __close = function(_, err) print(name, err.code) end,
          })
          socket.bind("127.0.0.1", 0):accept()
        end
        thread.spawn({ daemon = true }, serve, "first")
        thread.spawn({ daemon = true }, serve, "second")
        timer.sleep(0)
        print("main ends")"""),
          out="main ends\nfirst\tECANCELED\nsecond\tECANCELED\n")


def daemon_whose_socket_is_closed_by_who_leaves_is_no_failure():
    check(ran_script("""
        local server <close> = assert(socket.bind("127.0.0.1", 0))
        local client <close> = socket.tcp()
        assert(client:connect(server:getsockname()))
        local conn <close> = assert(server:accept())
        local function daemon(f)
          thread.spawn({ daemon = true }, function()
            local _ <close> = setmetatable({}, {
              __close = function(_, err) print(err.code) end,
            })
            f()
          end)
        end
        daemon(function() for line in conn:lines() do print(line) end end)
        daemon(function() assert(server:accept()) end)
        daemon(function() assert(client:recv()) end)
        timer.sleep(0)"""), out="ECANCELED\n" * 3)


def daemon_whose_queue_is_closed_by_who_leaves_is_none_either():
    check(ran_script("""
        local queue = thread.queue(1)
        queue:put("full")
        thread.spawn({ daemon = true }, function() assert(queue:put(1)) end)
        timer.sleep(0)
        queue:close()"""))


def daemon_that_fails_by_itself_at_the_end_is_one():
    got = ran("-e", "thread.spawn({daemon = true}, function() "
              "local _ <close> = setmetatable({}, {__close = function() "
              "error('on leaving', 0) end}) timer.sleep(60) end) "
              "timer.sleep(0)")
    assert (got.status, got.out) == (1, ""), got
    check_words(got.err, "on leaving")


def what_a_daemon_was_given_before_the_end_it_has():
    check(ran("-e", "local queue = thread.queue() "
              "thread.spawn({daemon = true}, function() print(queue:get()) "
              "print(pcall(queue.get, queue)) end) "
              "timer.sleep(0) queue:put('given')"),
          out="given\nfalse\tcancelled\n")


def daemon_that_has_not_begun_never_does():
    check(ran("-e", "thread.spawn({daemon = true}, print, 'never')"))


def daemon_that_ignores_its_cancellation_ends_nevertheless():
    check(ran("-e", "thread.spawn({daemon = true}, function() "
              "while true do pcall(timer.sleep, math.huge) end end) "
              "timer.sleep(0)"))


def daemon_that_computes_is_ended_too():
    check(ran("-e", """
        thread.spawn({daemon = true}, function()
          pcall(timer.sleep, math.huge)
          while true do timer.sleep(0) end
        end)
        timer.sleep(0)"""))


def open_sockets_do_not_keep_it_alive():
    check(ran("-e", """
        server = socket.bind("127.0.0.1", 0)
        client = socket.connect("127.0.0.1", select(2, server:getsockname()))
        udp = socket.udp4()"""))


def thread_waiting_on_a_socket_does():
    check(ran("-e", """
        local s = socket.udp()
        s:bind("127.0.0.1", 0)
        local ip, port = s:getsockname()
        thread.spawn(function() print((s:recvfrom())) end)
        timer.after(0.005, function() s:sendto("woken", ip, port) end)"""),
          out="woken\n")


def datagrams_sent_last_do_leave():
    check(ran("-e", """
        local s = socket.udp()
        s:bind("127.0.0.1", 0)
        local ip, port = s:getsockname()
        local c = socket.udp()
        for i = 1, 5 do c:sendto("datagram " .. i, ip, port) end
        timer.sleep(0)
        for i = 1, 5 do print((s:recvfrom())) end"""),
          out="".join(f"datagram {i}\n" for i in range(1, 6)))


def cancelled_main_lets_the_others_end():
    check(ran("-e", "thread.spawn(function() timer.sleep(0.005) "
              "print('other') end) thread.self():cancel() timer.sleep(1)"),
          out="other\n")


run(main_ends_and_threads_go_on, threads_of_threads_keep_it_alive,
    armed_timer_keeps_it_alive, cancelled_timer_does_not,
    repeating_timer_does_until_it_is_cancelled, daemon_does_not_keep_it_alive,
    timer_of_a_daemon_does_not_either, thread_of_a_daemon_is_a_daemon,
    thread_of_a_daemons_timer_is_a_daemon,
    daemons_at_a_condition_end_though_nobody_releases_its_lock,
    daemon_whose_lock_is_given_away_at_the_end_is_not_to_blame,
    closing_variables_of_daemons_run,
    daemon_whose_socket_is_closed_by_who_leaves_is_no_failure,
    daemon_whose_queue_is_closed_by_who_leaves_is_none_either,
    daemon_that_fails_by_itself_at_the_end_is_one,
    what_a_daemon_was_given_before_the_end_it_has,
    daemon_that_has_not_begun_never_does,
    daemon_that_ignores_its_cancellation_ends_nevertheless,
    daemon_that_computes_is_ended_too, open_sockets_do_not_keep_it_alive,
    thread_waiting_on_a_socket_does, datagrams_sent_last_do_leave,
    cancelled_main_lets_the_others_end)
