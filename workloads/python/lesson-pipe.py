# SPDX-License-Identifier: BSD-2-Clause
"""pipe: multiprocessing.Pipe, one way (blocks when empty and when full, ends when closed) and both ways."""
import multiprocessing

import truth
from truth import MS

PIECE = bytes(4096)


def write(pipe, pieces):
    truth.sleep(50 * MS)
    for _ in range(pieces):
        pipe.send_bytes(PIECE)
    pipe.close()


def read(pipe, pieces):
    got = 0
    try:
        while True:
            got += len(pipe.recv_bytes())
            truth.burn(2 * MS)
    except EOFError:
        assert got == pieces * len(PIECE)


def ask(pipe, questions):
    for i in range(questions):
        pipe.send(i)
        assert pipe.recv() == i + 1
    pipe.close()


def answer(pipe):
    try:
        while True:
            pipe.send(pipe.recv() + 1)
    except EOFError:
        pass


if __name__ == "__main__":
    args = truth.lesson(__doc__, pieces=60, questions=100)
    truth.name("main")
    context = multiprocessing.get_context("fork")
    for duplex, rows in ((False, (("reader", read, (args.pieces,)), ("writer", write, (args.pieces,)))),
                         (True, (("server", answer, ()), ("client", ask, (args.questions,))))):
        ends = context.Pipe(duplex)
        children = []
        for end, (name, work, more) in zip(ends, rows):
            other = ends[1] if end is ends[0] else ends[0]

            def run(name=name, work=work, end=end, more=more, other=other):
                other.close()
                truth.process(name, work, end, *more)

            children.append(context.Process(target=run))
            children[-1].start()
        for end in ends:
            end.close()
        for child in children:
            child.join()
        assert not any(child.exitcode for child in children)
    print(f"pipe: {args.pieces} pieces one way, {args.questions} questions answered")
    truth.finish()
